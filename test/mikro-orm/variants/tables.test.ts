import { randomUUID } from 'node:crypto';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, type App, type AppOptions } from '../support.ts';
import { picture, sized, testEngine } from './support.ts';

const Animal = defineEntity({
  name: 'Animal',
  discriminatorColumn: 'kind',
  discriminatorValue: 'animal',
  properties: (p) => ({ id: p.integer().primary(), kind: p.string() }),
});
const Dog = defineEntity({
  name: 'Dog',
  extends: Animal,
  discriminatorValue: 'dog',
  properties: () => ({ photo: imageField({ variants: { thumb: sized(100) } }).nullable() }),
});

const Vehicle = defineEntity({
  name: 'Vehicle',
  inheritance: 'tpt',
  abstract: true,
  properties: (p) => ({
    id: p.uuid().primary(),
    photo: imageField({ variants: { thumb: sized(100) } }).nullable(),
  }),
});
const Car = defineEntity({
  name: 'Car',
  extends: Vehicle,
  tableName: 'Fast Car',
  properties: () => ({
    logo: imageField({ variants: { icon: sized(16) } })
      .fieldName('The "Logo"')
      .nullable(),
  }),
});

const Passport = defineEntity({
  name: 'Passport',
  embeddable: true,
  properties: () => ({ photo: imageField({ variants: { thumb: sized(100) } }).nullable() }),
});
const Person = defineEntity({
  name: 'Person',
  schema: 'people',
  properties: (p) => ({
    country: p.string().primary(),
    number: p.integer().primary(),
    passport: p.embedded(Passport).nullable(),
    papers: p.embedded(Passport).object().nullable(),
  }),
});

async function createTables(
  entities: Parameters<typeof createApp>[0],
  options: AppOptions = {},
): Promise<App> {
  const files = { ...options.files, variants: { engine: testEngine() } };
  return await createApp(entities, { ...options, files });
}

const thumb = { variants: { thumb: { width: 100 } } };

describe('variants are made, and go with their rows', () => {
  it('of one kind, where several share the table', async () => {
    const app = await createTables([Animal, Dog]);
    const em = app.em();
    em.create(Dog, { kind: 'dog', photo: picture() });
    em.create(Animal, { kind: 'animal' });
    await em.flush();

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ originals: 1, variants: 1, problems: [] });
    expect(await app.sql(`select photo from animal where kind = 'dog'`)).toMatchObject([
      { photo: thumb },
    ]);
    await app.sql('delete from animal');
    expect(await app.reclaim()).toEqual([]);
  });

  it('in the tables of an entity that extends another, whatever names they have', async () => {
    const app = await createTables([Vehicle, Car]);
    const em = app.em();
    em.create(Car, { id: randomUUID(), photo: picture(), logo: picture('b.png') });
    await em.flush();

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ originals: 2, variants: 2, problems: [] });
    const [car] = await app.sql(
      'select v.photo, c."The ""Logo""" as logo from vehicle v, "Fast Car" c',
    );
    expect(car).toMatchObject({ photo: thumb, logo: { variants: { icon: { width: 16 } } } });
    await app.sql('truncate "Fast Car", vehicle');
    expect(await app.reclaim()).toEqual([]);
  });

  it('in another schema, with a key of two columns, inside embeddables', async () => {
    const app = await createTables([Person, Passport], { files: { journal: { schema: 'files' } } });
    const em = app.em();
    const passport = { photo: picture() };
    const papers = { photo: picture('b.png') };
    em.create(Person, { country: "it's", number: 1, passport, papers });
    em.create(Person, { country: "it's", number: 2 });
    await em.flush();

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ originals: 2, variants: 2, problems: [] });
    const rows = await app.sql('select passport_photo, papers from people.person order by number');
    expect(rows).toMatchObject([
      { passport_photo: thumb, papers: { photo: thumb } },
      { passport_photo: null, papers: null },
    ]);
    await app.sql('delete from people.person');
    expect(await app.reclaim()).toEqual([]);
  });
});
