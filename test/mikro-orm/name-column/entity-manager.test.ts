import { FieldFile } from '@filefield/core';
import { wrap } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, text } from '../support.ts';
import type { App } from '../support.ts';
import { Doc } from './docs.ts';

/** An application with the row 1, which holds `docs/a.txt`. */
async function createLibrary(): Promise<App> {
  const app = await createApp([Doc]);
  await app.storage.save('docs/a.txt', 'a');
  await app.storage.save('docs/b.txt', 'b');
  await app.sql(`insert into doc (title, file, lazy) values ('x', 'docs/a.txt', 'docs/b.txt')`);
  return app;
}

const others = `update doc set file = 'docs/b.txt'`;

describe('a file in a column of names', () => {
  it('follows em.refresh()', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    await app.sql(others);
    await em.refresh(doc);
    app.log.length = 0;

    await em.flush();

    expect(doc.file).toBeInstanceOf(FieldFile);
    expect(doc.file!.name).toBe('docs/b.txt');
    expect(app.log).toEqual([]);
  });

  it('is given back by em.refresh() after an assignment', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    doc.file = text('c.txt');

    await em.refresh(doc);
    await em.flush();

    expect(doc.file.name).toBe('docs/a.txt');
    expect(app.uploads()).toBe(2);
  });

  it('stays the very same when its row is found again, and follows what changed', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    const { file } = doc;
    await em.find(Doc, {});
    expect(doc.file).toBe(file);

    await app.sql(others);
    await em.find(Doc, {});

    expect(doc.file!.name).toBe('docs/b.txt');
  });

  it('is shared by em.fork() of the same entities', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    const fork = em.fork({ clear: false });
    app.log.length = 0;

    await fork.flush();

    expect((await fork.findOneOrFail(Doc, 1)).file).toBe(doc.file);
    expect(app.log.filter((line) => line.startsWith('update'))).toEqual([]);
  });

  it.each([
    { what: 'an entity of another entity manager', isRow: false },
    { what: 'a row as the database answers it', isRow: true },
  ])('can be merged: $what', async ({ isRow }) => {
    const app = await createLibrary();
    const doc = await app.em().findOneOrFail(Doc, 1);
    const em = app.em();
    const value = isRow ? { id: 1, title: 'x', file: 'docs/a.txt' } : doc;
    const merged = em.merge(Doc, value as never, { convertCustomTypes: isRow });
    app.log.length = 0;

    await em.flush();

    expect(merged.file).toBeInstanceOf(FieldFile);
    expect(app.log).toEqual([]);
  });

  it('is taken by em.assign(), where undefined leaves it alone and null clears it', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    em.assign(doc, { file: undefined });
    await em.flush();
    expect(doc.file!.name).toBe('docs/a.txt');
    em.assign(doc, { file: text('c.txt') });
    await em.flush();
    expect(await doc.file!.text()).toBe('c.txt');

    em.assign(doc, { file: null });
    await em.flush();

    expect(await app.sql('select file from doc')).toEqual([{ file: null }]);
  });

  it('is refused by em.assign() of a body, and by em.create()', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    const body = JSON.parse(JSON.stringify(doc));

    em.assign(doc, body);

    await expect(em.flush()).rejects.toThrow(/only a FieldFile is one/);
    const other = app.em();
    other.create(Doc, { file: 'docs/b.txt' as never });
    await expect(other.flush()).rejects.toThrow(/only a FieldFile is one/);
  });

  it('is left out of what is loaded, and not lost by that', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1, { fields: ['title'] });
    doc.title = 'y';

    await em.flush();

    expect('file' in doc ? doc.file : undefined).toBeUndefined();
    expect(await app.sql('select title, file from doc')).toEqual([
      { title: 'y', file: 'docs/a.txt' },
    ]);
  });

  it('is lazy where it is told, and can be assigned unseen', async () => {
    const app = await createLibrary();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    expect(doc.lazy).toBeUndefined();
    await em.populate(doc, ['lazy']);
    expect(await doc.lazy!.text()).toBe('b');
    const again = app.em();
    (await again.findOneOrFail(Doc, 1)).lazy = text('c.txt');

    await again.flush();

    expect(await app.sql(`select lazy ~ '^c_' as new from doc`)).toEqual([{ new: true }]);
  });

  it('is saved on a reference that was never loaded', async () => {
    const app = await createLibrary();
    const em = app.em();
    em.getReference(Doc, 1).file = text('c.txt');

    await em.flush();

    expect(await (await app.em().findOneOrFail(Doc, 1)).file!.text()).toBe('c.txt');
  });

  it('comes out of streams, the query builder and em.map()', async () => {
    const app = await createLibrary();
    const em = app.em();
    const files: unknown[] = [];
    for await (const doc of em.stream(Doc)) files.push(doc.file);
    const built = await app.em().qb(Doc).getResult();
    const [row] = await app.sql('select * from doc');
    files.push(built[0]!.file, app.em().map(Doc, row!).file);

    expect(files.map((file) => file instanceof FieldFile && file.name)).toEqual([
      'docs/a.txt',
      'docs/a.txt',
      'docs/a.txt',
    ]);
  });

  it('is a plain row for qb.execute() without mapping', async () => {
    const app = await createLibrary();

    const rows = await app.em().qb(Doc).select('file').execute('all', false);

    expect(rows).toEqual([{ file: 'docs/a.txt' }]);
  });

  it.each([
    {
      call: 'em.insertMany',
      run: async (app: App, file: FieldFile) => app.em().insertMany(Doc, [{ file }]),
    },
    {
      call: 'em.upsert',
      run: async (app: App, file: FieldFile) => app.em().upsert(Doc, { id: 1, file }),
    },
    {
      call: 'em.upsertMany',
      run: async (app: App, file: FieldFile) => app.em().upsertMany(Doc, [{ id: 1, file }]),
    },
    {
      call: 'em.nativeUpdate',
      run: async (app: App, file: FieldFile) => app.em().nativeUpdate(Doc, { id: 1 }, { file }),
    },
    {
      call: 'qb.update',
      run: async (app: App, file: FieldFile) => app.em().qb(Doc).update({ file }).execute(),
    },
    {
      call: 'qb.insert',
      run: async (app: App, file: FieldFile) => app.em().qb(Doc).insert({ file }).execute(),
    },
  ])('goes through $call when it is staged, and not when it is pending', async ({ run }) => {
    const app = await createLibrary();
    const staged = await app.files.stage(Doc, 'file', text('c.txt'));

    expect(await outcome(run(app, text('d.txt')))).toBe('PendingFileError');
    expect(await outcome(run(app, staged))).toBe('ok');

    expect(await app.sql('select file from doc where file = ?', [staged.name])).toHaveLength(1);
    expect(await app.journal()).not.toContain('c.txt upload later');
  });

  it('is itself in toObject(), and its name in JSON', async () => {
    const app = await createLibrary();
    const doc = await app.em().findOneOrFail(Doc, 1);

    expect(wrap(doc).toObject().file).toBe(doc.file);
    expect(JSON.parse(JSON.stringify(wrap(doc).toObject().file))).toMatchObject({
      name: 'docs/a.txt',
    });
  });
});
