import { randomUUID } from 'node:crypto';
import { fileField } from '@filefield/mikro-orm';
import type { FileFields } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp } from '../support.ts';
import { createClub } from './members.ts';
import { Member } from './member.ts';

const Page = defineEntity({
  name: 'Page',
  properties: (p) => ({
    book: p.string().length(30).primary(),
    number: p.integer().primary(),
    old: p.string().nullable(),
    scan: fileField().nullable(),
  }),
});

const Animal = defineEntity({
  name: 'Animal',
  discriminatorColumn: 'kind',
  discriminatorValue: 'animal',
  properties: (p) => ({ id: p.integer().primary(), kind: p.string(), old: p.string().nullable() }),
});
const Dog = defineEntity({
  name: 'Dog',
  extends: Animal,
  discriminatorValue: 'dog',
  properties: () => ({ photo: fileField().nullable() }),
});

const Passport = defineEntity({
  name: 'Passport',
  embeddable: true,
  properties: () => ({ photo: fileField().nullable() }),
});
const Person = defineEntity({
  name: 'Person',
  properties: (p) => ({
    id: p.integer().primary(),
    old: p.string(),
    passport: p.embedded(Passport).nullable(),
    papers: p.embedded(Passport).object().nullable(),
    legacy: fileField({ column: 'name' }).nullable(),
  }),
});

const Vehicle = defineEntity({
  name: 'Vehicle',
  inheritance: 'tpt',
  abstract: true,
  properties: (p) => ({ id: p.uuid().primary(), wheels: p.integer().nullable() }),
});
const Car = defineEntity({
  name: 'Car',
  extends: Vehicle,
  tableName: 'Fast Car',
  properties: (p) => ({
    old: p.string().fieldName('Old Photo'),
    photo: fileField().fieldName('The Photo').nullable(),
  }),
});

const old = { column: 'old' };

describe('adopt() goes through', () => {
  it('a table with a key of two columns and more rows than a page', async () => {
    const app = await createApp([Page]);
    await app.storage.save('a.txt', 'a');
    await app.sql(
      `insert into page (book, number, old) select 'it''s ' || n % 3, n, case when n % 9 = 0 then 'gone.txt' else 'a.txt' end from generate_series(1, 450) n`,
    );

    const report = await app.files.adopt(Page, 'scan', { ...old, checksum: false });

    expect(report).toMatchObject({ rows: 450, adopted: 400, counts: { missing: 50 } });
    expect(report.problems).toContainEqual(
      expect.objectContaining({ key: { book: "it's 0", number: '9' }, value: 'gone.txt' }),
    );
    expect(await app.sql('select count(scan)::int as files from page')).toEqual([{ files: 400 }]);
  });

  it('the rows of one kind, where several share the table', async () => {
    const app = await createApp([Animal, Dog]);
    await app.storage.save('a.txt', 'a');
    await app.sql(`insert into animal (kind, old) values ('animal', 'a.txt'), ('dog', 'a.txt')`);

    const { rows } = await app.files.adopt(Dog, 'photo', old);

    expect(rows).toBe(1);
    expect(await app.sql('select kind from animal where photo is not null')).toEqual([
      { kind: 'dog' },
    ]);
  });

  it('the table of an entity that extends another, whatever names it has', async () => {
    const app = await createApp([Vehicle, Car]);
    await app.storage.save('a.txt', 'a');
    const em = app.em();
    em.create(Car, { id: randomUUID(), old: 'a.txt' });
    em.create(Car, { id: randomUUID(), old: 'b.txt' });
    await em.flush();

    const report = await app.files.adopt(Car, 'photo', { column: 'Old Photo' });
    const again = await app.files.backfill(Car, 'photo');

    expect(report).toMatchObject({ adopted: 1, counts: { missing: 1 } });
    expect(again).toMatchObject({ rows: 0 });
    expect((await app.em().findOneOrFail(Car, { old: 'a.txt' })).photo?.size).toBe(1);
  });

  it('the columns of an embeddable', async () => {
    const app = await createApp([Person]);
    await app.storage.save('a.txt', 'a');
    await app.sql(`insert into person (old) values ('a.txt')`);

    await app.files.adopt(Person, 'passport.photo', old);

    const { passport } = await app.em().findOneOrFail(Person, 1);
    expect(passport?.photo).toMatchObject({ name: 'a.txt', size: 1, type: 'text/plain' });
  });
});

const refusals: readonly (readonly [
  what: string,
  adopt: (files: FileFields) => Promise<unknown>,
  message: string,
])[] = [
  [
    'by a field that holds names itself',
    async (files) => await files.adopt(Person, 'legacy', old),
    `Person.legacy: nothing needs adopting: with column: 'name'`,
  ],
  [
    'by a JSON document',
    async (files) => await files.adopt(Person, 'papers.photo', old),
    'it lies in a JSON document',
  ],
  [
    'for a column that is not there',
    async (files) => await files.adopt(Person, 'passport.photo', { column: 'older' }),
    'table "public.person" has no column "older"',
  ],
  [
    "for the field's own column",
    async (files) => await files.adopt(Person, 'passport.photo', { column: 'passport_photo' }),
    'its own column cannot be the former one',
  ],
  [
    'for an unknown alias',
    async (files) => await files.adopt(Person, 'passport.photo', { ...old, storage: 'nowhere' }),
    'defined storages are "default", "other"',
  ],
  [
    'with nobody to work',
    async (files) => await files.adopt(Person, 'passport.photo', { ...old, concurrency: 0 }),
    'Cannot use 0 as concurrency: a whole number from 1 is wanted',
  ],
];

describe('adopt() is refused', () => {
  it(refusals.map(([what]) => what).join(', '), async () => {
    const { files } = await createApp([Person]);

    const outcomes = await Promise.allSettled(refusals.map(async ([, adopt]) => adopt(files)));

    expect(outcomes).toMatchObject(
      refusals.map(([, , message]) => ({ reason: { message: expect.stringContaining(message) } })),
    );
  });

  it('before the schema has the column of the field', async () => {
    const club = await createClub([]);
    await club.sql('alter table club_member drop column avatar_file');

    await expect(club.files.adopt(Member, 'avatar', { column: 'avatar' })).rejects.toThrow(
      'table "public.club_member" has no column "avatar_file", update the schema',
    );
  });
});
