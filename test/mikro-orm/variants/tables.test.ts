import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp } from '../support.ts';
import { picture, sized, testEngine } from './support.ts';

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

const thumb = { variants: { thumb: { width: 100 } } };

describe('variants are made, and go with their rows', () => {
  it('in another schema, with a key of two columns, inside embeddables', async () => {
    const files = { journal: { schema: 'files' }, variants: { engine: testEngine() } };
    const app = await createApp([Person, Passport], { files });
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
