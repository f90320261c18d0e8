import { asLibrary } from '@filefield/core/binding';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, stem, type App } from '../support.ts';

const Person = defineEntity({
  name: 'Person',
  properties: (p) => ({
    id: p.integer().primary(),
    photo: imageField({}).nullable(),
  }),
});

const variants = { s: { name: 's.webp', size: 5 }, m: { name: 'm.webp', size: 5 } };
const photo = { storage: 'default', name: 'a.png', filename: 'a.png', size: 5, type: 'image/png' };

/** A person whose photo has two variants. */
async function savedPerson(options?: Parameters<typeof createApp>[1]) {
  const app = await createApp([Person], options);
  for (const name of ['a.png', 'a.png.v/m.webp', 'a.png.v/s.webp']) {
    await app.storage.save(name, 'bytes', asLibrary({}));
  }
  await app.sql(`insert into person (id, photo) values (1, ?::jsonb)`, [
    JSON.stringify({ ...photo, width: 1, height: 1, variants }),
  ]);
  const em = app.em();
  return { app, em, person: await em.findOneOrFail(Person, 1) };
}

/** The variants that each row lists. */
async function listed(app: App) {
  const rows = await app.sql<{ listed: unknown }>(
    `select photo -> 'variants' as listed from person order by id`,
  );
  return rows.map((row) => row.listed);
}

describe('the variants of an image', () => {
  it('stay listed where a flush writes the image with other metadata', async () => {
    const { app, em, person } = await savedPerson();

    person.photo = person.photo!.withFilename('me.png');
    await em.flush();

    expect(await listed(app)).toEqual([variants]);
    expect(await app.reclaim()).toEqual(['a.png', 'm.webp', 's.webp']);
  });

  it('are not those of its renamed original, and are reclaimed', async () => {
    const { app, em, person } = await savedPerson();

    person.photo = person.photo!.renamed('b.png');
    await em.flush();

    expect(await listed(app)).toEqual([null]);
    expect(await app.reclaim()).toEqual(['b.png']);
  });

  it('are not those of a copy', async () => {
    const { app, em, person } = await savedPerson();

    em.create(Person, { id: 2, photo: person.photo!.copy() });
    await em.flush();

    expect(await listed(app)).toEqual([variants, null]);
    expect(await app.files.reconcile({ olderThan: '0ms' })).toMatchObject({ missing: [] });
  });

  it('stay listed where a backfill writes what is lacking', async () => {
    const { app } = await savedPerson();

    const report = await app.files.backfill(Person, 'photo');

    expect(report).toMatchObject({ filled: 1, problems: [] });
    expect(await listed(app)).toEqual([variants]);
  });
});

describe('files.restore() of an image', () => {
  it('brings its variants back too', async () => {
    const { app, em } = await savedPerson({ files: { grace: '24h' } });
    await app.sql('delete from person');

    const file = await app.files.restore(photo);
    em.clear();
    em.create(Person, { photo: file });
    await em.flush();

    expect(await listed(app)).toEqual([variants]);
    expect(await app.reclaim()).toEqual(['a.png', 'm.webp', 's.webp']);
  });

  it.each([
    ['being reclaimed', `update file_journal set state = 1 where name = 'a.png.v/s.webp'`],
    ['gone', `delete from file_journal where name = 'a.png.v/s.webp'`],
  ])('has all of them made anew where one is %s', async (_, sql) => {
    const { app, em } = await savedPerson({ files: { grace: '24h' } });
    await app.sql('delete from person');
    await app.sql(sql);

    const file = await app.files.restore(photo);
    em.clear();
    em.create(Person, { photo: file });
    await em.flush();

    expect(await listed(app)).toEqual([null]);
  });

  it('keeps the objects of its variants until the restored value is written', async () => {
    const { app } = await savedPerson();
    await app.sql('delete from person');

    const { name } = await app.files.restore(photo);
    await app.files.worker.drain();

    expect([stem(name!), ...(await app.objects())]).toEqual(['a.png', 'a.png', 'm.webp', 's.webp']);
  });
});
