import { defineStorages, MemoryStorage } from '@filefield/core';
import type { FieldFile } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFieldOptions } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, text } from '../support.ts';
import { createSharedApp } from '../values/shared-app.ts';

/** Starts an ORM with a field in an embeddable of this kind; needs no database. */
async function startEmbedded(field: FileFieldOptions, kind: 'inline' | 'object' | 'array') {
  const Profile = defineEntity({
    name: 'Profile',
    embeddable: true,
    properties: () => ({ photo: fileField(field).nullable() }),
  });
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      profile: () => (kind === 'inline' ? p.embedded(Profile) : p.embedded(Profile)[kind]()),
    }),
  });
  return start([Doc, Profile]);
}

async function start(entities: Options['entities']): Promise<MikroORM> {
  const storages = defineStorages({ default: () => new MemoryStorage() });
  const extensions = [fileFields({ storages, worker: 'manual' })];
  return MikroORM.init({ dbName: 'none', entities: entities ?? [], extensions });
}

async function startDoc(field: FileFieldOptions): Promise<MikroORM> {
  return startField(fileField(field).nullable());
}

async function startField(file: object): Promise<MikroORM> {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({ id: p.integer().primary(), file: file as ReturnType<typeof p.string> }),
  });
  return start([Doc]);
}

const Plain = defineEntity({
  name: 'Plain',
  properties: (p) => ({ id: p.integer().primary() }),
});

describe('a mapping that cannot work', () => {
  it.each([{ kind: 'object' }, { kind: 'array' }] as const)(
    'stops the start: a name in a document ($kind)',
    async ({ kind }) => {
      await expect(startEmbedded({ column: 'name' }, kind)).rejects.toThrow(
        /^Cannot declare Doc\.profile\.photo: column 'name' needs a column of its own, not a place in a JSON document$/,
      );
    },
  );

  it.each([{ kind: 'inline' }, { kind: 'object' }, { kind: 'array' }] as const)(
    'stops the start: a default in an embeddable ($kind)',
    async ({ kind }) => {
      await expect(startEmbedded({ default: 'a.png' }, kind)).rejects.toThrow(
        /^Cannot declare Doc\.profile\.photo: a default inside an embeddable has no moment/,
      );
    },
  );

  it.each([
    { what: 'an empty default of a JSON column', field: { default: '' } },
    { what: 'a default that climbs out', field: { default: '../a.png' } },
    { what: 'a default that is absolute', field: { default: '/a.png' } },
  ])('stops the start: $what', async ({ field }) => {
    await expect(startDoc(field)).rejects.toThrow(
      /^Cannot declare Doc\.file: default ".*" is the name of no object$/,
    );
  });

  it.each([{ maxLength: 31 }, { maxLength: 99.5 }, { maxLength: -1 }])(
    'stops the start: $maxLength characters',
    async ({ maxLength }) => {
      await expect(startDoc({ column: 'name', maxLength })).rejects.toThrow(
        /^Cannot declare Doc\.file: maxLength .* is no number of at least 32 characters$/,
      );
    },
  );

  it.each([{ column: 'json' }, { column: 'name' }] as const)(
    'stops the start: a file as part of the primary key (column: $column)',
    async ({ column }) => {
      const Doc = defineEntity({
        name: 'Doc',
        properties: (p) => ({
          id: p.integer().primary(),
          file: fileField({ column }).primary(),
        }),
      });

      await expect(start([Doc])).rejects.toThrow(/a file cannot be the primary key/);
    },
  );

  const columns = [{ column: 'json' }, { column: 'name' }] as const;

  it.each(columns)(
    'stops the start: several files in one field (column: $column)',
    async ({ column }) => {
      const work = startField(fileField({ column }).array());

      await expect(work).rejects.toThrow(
        /^Cannot declare Doc\.file: a field holds one file, use an array of embeddables$/,
      );
    },
  );

  it.each(columns)('stops the start: a generated column (column: $column)', async ({ column }) => {
    const work = startField(fileField({ column }).generated('(null) stored'));

    await expect(work).rejects.toThrow(
      /^Cannot declare Doc\.file: the value of a file cannot be computed by the database$/,
    );
  });

  it.each(columns)('stops the start: a formula (column: $column)', async ({ column }) => {
    const work = startField(fileField({ column }).formula('null'));

    await expect(work).rejects.toThrow(/^Cannot declare Doc\.file: .* computed by the database$/);
  });

  it.each(columns)('stops the start: no column (column: $column)', async ({ column }) => {
    const work = startField(fileField({ column }).persist(false));

    await expect(work).rejects.toThrow(
      /^Cannot declare Doc\.file: a property that is not persisted cannot keep a file$/,
    );
  });

  it.each([
    { what: 'no characters', alias: '' },
    { what: '1,025 bytes', alias: 'é'.repeat(512) + 'x' },
  ])('stops the start: an alias of $what, which the journal cannot keep', async ({ alias }) => {
    const storages = defineStorages({ [alias]: () => new MemoryStorage() });
    const extensions = [fileFields({ storages, worker: 'manual' })];

    const work = MikroORM.init({ dbName: 'none', entities: [Plain], extensions });

    await expect(work).rejects.toThrow(/^Cannot use storage ".*": an alias has 1 to 1,024 bytes$/s);
  });

  it.each(columns)(
    'stops the start: a table in every schema (column: $column)',
    async ({ column }) => {
      const Doc = defineEntity({
        name: 'Doc',
        schema: '*',
        properties: (p) => ({ id: p.integer().primary(), file: fileField({ column }).nullable() }),
      });

      await expect(start([Doc])).rejects.toThrow(/^Cannot declare Doc\.file: .*wildcard schema/);
    },
  );
});

const forms = [{ column: 'json' }, { column: 'name' }] as const;

describe.each(forms)(
  'a schema whose table has no triggers (column: $column)',
  async ({ column }) => {
    const Profile = defineEntity({
      name: 'Profile',
      embeddable: true,
      properties: (p) => ({ label: p.string().nullable(), photo: fileField().nullable() }),
    });
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField({ column }).nullable(),
        profile: () => p.embedded(Profile).object().nullable(),
      }),
    });
    const app = await createSharedApp([Doc, Profile]);
    await app.sql('create schema tenant');
    await app.sql('create table tenant.doc (like public.doc including all)');
    await app.sql('insert into tenant.doc (id) values (1)');
    const em = () => app.orm.em.fork();
    const tenant = () => app.orm.em.fork({ schema: 'tenant' });
    const refusal =
      /^Cannot save Doc\.(file|profile\.photo) in storage "default": only "doc" in schema "public" has its triggers, not that in "tenant"$/;

    it.each<[string, (file: FieldFile) => Promise<unknown>]>([
      ['em.insert()', (file) => em().insert(Doc, { file }, { schema: 'tenant' })],
      ['em.insertMany()', (file) => em().insertMany(Doc, [{ file }], { schema: 'tenant' })],
      ['em.upsert()', (file) => tenant().upsert(Doc, { id: 1, file })],
      ['em.upsertMany()', (file) => tenant().upsertMany(Doc, [{ id: 1, file }])],
      ['em.nativeUpdate()', (file) => em().nativeUpdate(Doc, {}, { file }, { schema: 'tenant' })],
      ['an insert of the query builder', (file) => tenant().qb(Doc).insert({ file }).execute()],
      [
        'an update of the query builder',
        (file) => em().qb(Doc).update({ file }).withSchema('tenant').execute(),
      ],
      [
        'a clone of the query builder',
        (file) => em().qb(Doc).update({ file }).withSchema('tenant').clone().execute(),
      ],
      [
        'a document',
        (file) =>
          tenant().insertMany(Doc, [{ profile: { photo: file } }, { profile: { label: 'x' } }]),
      ],
      [
        'em.insert() of an entity',
        async (file) => {
          const own = tenant();
          return own.insert(own.create(Doc, { file }, { persist: false }));
        },
      ],
    ])('takes no file by %s', async (_statement, write) => {
      const staged = await app.files.stage(Doc, 'file', text('a.txt'));

      await expect(write(staged)).rejects.toThrow(refusal);
    });

    it('takes no file by files.field(), nor by a flush, and nothing is uploaded', async () => {
      const own = tenant();
      const doc = await own.findOneOrFail(Doc, 1);
      const before = await app.sql('select id from file_journal');

      await expect(app.files.field(doc, 'file').save('a.txt', 'a')).rejects.toThrow(refusal);
      doc.file = text('a.txt');
      await expect(own.flush()).rejects.toThrow(refusal);

      expect(await app.sql('select id from file_journal')).toEqual(before);
    });

    it('is read, and its rows are written without files', async () => {
      const own = tenant();
      await own.insertMany(Doc, [{ id: 2, profile: { label: 'x' } }]);
      await own.nativeUpdate(Doc, { id: 1 }, { file: null });
      own.create(Doc, { id: 3, profile: { label: 'y' } });
      await own.flush();

      const docs = await tenant().find(Doc, {}, { orderBy: { id: 1 } });

      expect(docs.map(({ file, profile }) => [file, profile?.label])).toEqual([
        [null, undefined],
        [null, 'x'],
        [null, 'y'],
      ]);
    });
  },
);

describe('an entity manager with a schema of its own', () => {
  it('changes nothing for a table that says its schema', async () => {
    const Archived = defineEntity({
      name: 'Archived',
      schema: 'archive',
      properties: (p) => ({ id: p.integer().primary(), file: fileField().nullable() }),
    });
    const app = await createApp([Archived]);
    const em = app.orm.em.fork({ schema: 'tenant' });
    const doc = em.create(Archived, { file: text('a.txt') });
    await em.flush();
    doc.file = await app.files.stage(Archived, 'file', text('b.txt'));
    await em.nativeUpdate(Archived, {}, { file: doc.file });

    await em.flush();

    expect(await app.reclaim()).toEqual(['b.txt']);
  });
});

describe('a view', () => {
  it.each(forms)('reads the files of its tables (column: $column)', async ({ column }) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({ id: p.integer().primary(), file: fileField({ column }).nullable() }),
    });
    const Shown = defineEntity({
      name: 'Shown',
      tableName: 'shown',
      view: true,
      expression: 'select id, file from doc',
      properties: (p) => ({ id: p.integer().primary(), file: fileField({ column }).nullable() }),
    });
    const app = await createApp([Doc, Shown]);
    const em = app.em();
    em.create(Doc, { file: text('a.txt') });
    await em.flush();

    const [shown] = await app.em().find(Shown, {});

    expect(await shown!.file!.text()).toBe('a.txt');
    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });
});
