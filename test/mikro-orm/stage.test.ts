import type { FieldFile } from '@filefield/core';
import { raw } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, stem, text, type App } from './support.ts';
import { Doc } from './lifecycle/entities.ts';

const stage = async (app: App, filename: string): Promise<FieldFile> =>
  await app.files.stage(Doc, 'file', filename, { filename });

async function filenames(app: App): Promise<(string | undefined)[]> {
  const docs = await app.em().find(Doc, {}, { orderBy: { name: 'asc' } });
  await Promise.all(docs.map(async ({ file }) => await file?.bytes({ verify: true })));
  return docs.map(({ file }) => file?.filename);
}

describe('files.stage()', () => {
  it('uploads at once, and the journal lists the object', async () => {
    const app = await createApp([Doc]);

    const file = await stage(app, 'a.txt');

    expect(file).toMatchObject({
      isPending: false,
      filename: 'a.txt',
      size: 5,
      type: 'text/plain',
    });
    expect(await file.text()).toBe('a.txt');
    expect(await app.journal()).toEqual(['a.txt upload later']);
  });

  it('is reclaimed when nobody takes it', async () => {
    const app = await createApp([Doc]);
    await stage(app, 'a.txt');

    expect(await app.reclaim()).toEqual([]);
  });

  it.each<[string, (app: App, file: FieldFile) => Promise<unknown>]>([
    ['insertMany', (app, file) => app.em().insertMany(Doc, [{ name: 'a', file }])],
    ['insert', (app, file) => app.em().insert(Doc, { name: 'a', file })],
    ['upsert of a new row', (app, file) => app.em().upsert(Doc, { name: 'a', file })],
    ['upsertMany', (app, file) => app.em().upsertMany(Doc, [{ name: 'a', file }])],
    [
      'a query builder',
      (app, file) => app.em().createQueryBuilder(Doc).insert({ name: 'a', file }).execute(),
    ],
    [
      'raw SQL',
      (app, file) =>
        app.sql('insert into doc (name, file) values (?, ?::jsonb)', [
          'a',
          JSON.stringify(file.toRow()),
        ]),
    ],
    [
      'raw SQL with the file itself',
      (app, file) => app.sql('insert into doc (name, file) values (?, ?)', ['a', file]),
    ],
    [
      'assignment',
      async (app, file) => {
        const em = app.em();
        em.create(Doc, { name: 'a', file });
        await em.flush();
      },
    ],
  ])('may be used in %s', async (_, insert) => {
    const app = await createApp([Doc]);
    const file = await stage(app, 'a.txt');

    await insert(app, file);

    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(['a.txt']);
    expect(await filenames(app)).toEqual(['a.txt']);
    expect(app.uploads()).toBe(1);
  });

  it.each<[string, (app: App, file: FieldFile) => Promise<unknown>]>([
    ['nativeUpdate', (app, file) => app.em().nativeUpdate(Doc, { name: 'a' }, { file })],
    ['upsert of an old row', (app, file) => app.em().upsert(Doc, { name: 'a', file })],
    [
      'a query builder',
      (app, file) =>
        app.em().createQueryBuilder(Doc).update({ file }).where({ name: 'a' }).execute(),
    ],
    ['raw SQL', (app, file) => app.sql('update doc set file = ?', [file])],
    [
      'a raw() fragment',
      (app, file) =>
        app
          .em()
          .nativeUpdate(
            Doc,
            { name: 'a' },
            { file: raw('?::jsonb', [JSON.stringify(file.toRow())]) },
          ),
    ],
    [
      'assignment',
      async (app, file) => {
        const em = app.em();
        (await em.findOneOrFail(Doc, { name: 'a' })).file = file;
        await em.flush();
      },
    ],
  ])('may replace a file by %s', async (_, update) => {
    const app = await createApp([Doc]);
    await app.em().insert(Doc, { name: 'a', file: await stage(app, 'old.txt') });
    const file = await stage(app, 'new.txt');

    await update(app, file);

    expect(await app.journal()).toEqual(['old.txt released due']);
    expect(await app.reclaim()).toEqual(['new.txt']);
    expect(await filenames(app)).toEqual(['new.txt']);
  });

  it('takes a pending file and leaves that pending', async () => {
    const app = await createApp([Doc]);

    const staged = await app.files.stage(Doc, 'file', text('a.txt'));

    expect(staged.isPending).toBe(false);
    expect(stem(staged.name!)).toBe('a.txt');
  });

  it('gives uploadTo the entity that is passed', async () => {
    const app = await createApp([Doc]);

    const staged = await app.files.stage(Doc, 'thumb', 'x', {
      filename: 'a.txt',
      entity: { id: 1 },
    });

    expect(staged.name).toMatch(/^thumbs\//);
  });

  it('is settled by a flush without another upload, and copied for another field', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const file = await stage(app, 'a.txt');

    const doc = em.create(Doc, { name: 'a', file });
    await em.flush();
    doc.thumb = doc.file!;
    await em.flush();

    expect(app.uploads()).toBe(2);
    expect(doc.thumb).toMatchObject({ storage: 'other' });
  });

  it('is staged again when the transaction that took it is rolled back', async () => {
    const app = await createApp([Doc]);
    const file = await stage(app, 'a.txt');
    await app
      .em()
      .transactional(async (em) => {
        em.create(Doc, { name: 'a', file });
        await em.flush();
        throw new Error('rolled back');
      })
      .catch(() => {});

    await app.em().insert(Doc, { name: 'b', file });

    expect(await filenames(app)).toEqual(['a.txt']);
    expect(await app.journal()).toEqual([]);
  });

  it.each<[string, (app: App, file: FieldFile) => Promise<unknown>]>([
    ['insertMany', (app, file) => app.em().insertMany(Doc, [{ name: 'a', file }])],
    [
      'assignment',
      async (app, file) => {
        const em = app.em();
        em.create(Doc, { name: 'a', file });
        await em.flush();
      },
    ],
  ])('is refused by %s once it has expired, before any SQL', async (_, use) => {
    const app = await createApp([Doc], { files: { uploadTimeout: '1ms' } });
    const file = await stage(app, 'a.txt');
    await new Promise((resolve) => setTimeout(resolve, 20));
    app.log.length = 0;

    expect(await outcome(use(app, file))).toBe('UploadRejectedError expired');
    expect(app.log.filter((line) => line.startsWith('insert'))).toEqual([]);
  });

  it('is refused when its object was reclaimed before it expired', async () => {
    const app = await createApp([Doc]);
    const file = await stage(app, 'a.txt');
    await app.reclaim();

    const em = app.em();
    em.create(Doc, { name: 'a', file });

    expect(await outcome(em.flush())).toBe('UploadRejectedError expired');
    expect(await outcome(app.em().insert(Doc, { name: 'b', file }))).toBe(
      'UploadRejectedError expired',
    );
    expect(await app.sql('select 1 from doc')).toEqual([]);
  });

  it('uploads nothing that breaks the rules', async () => {
    const app = await createApp([Doc]);

    await expect(app.files.stage(Doc, 'file', '', { filename: 'a.txt' })).rejects.toMatchObject({
      code: 'FILE_VALIDATION',
    });
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('files.restore()', () => {
  it('brings an object back that a row let go of, with all that the row knew', async () => {
    const app = await createApp([Doc], { files: { grace: '24h' } });
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    const { name, sha256 } = doc.file!;
    await app.sql('delete from doc');

    const file = await app.files.restore({ storage: 'default', name: name! });
    em.clear();
    em.create(Doc, { name: 'back', file });
    await em.flush();

    expect(file).toMatchObject({ name, sha256, filename: 'a.txt' });
    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('throws FileNotFoundError when the object is gone, or was never listed', async () => {
    const app = await createApp([Doc]);
    const file = await stage(app, 'a.txt');
    await app.reclaim();

    expect(await outcome(app.files.restore({ storage: 'default', name: file.name! }))).toBe(
      'FileNotFoundError',
    );
    expect(await outcome(app.files.restore({ storage: 'default', name: 'no/such.txt' }))).toBe(
      'FileNotFoundError',
    );
  });
});

describe('files.fromRow()', () => {
  it('makes a file of what a raw query answers', async () => {
    const app = await createApp([Doc]);
    await app.em().insert(Doc, { name: 'a', file: await stage(app, 'a.txt') });

    const [row] = await app.sql<{ file: never; thumb: null }>('select file, thumb from doc');

    expect(await app.files.fromRow(row!.file).text({ verify: true })).toBe('a.txt');
    expect(app.files.fromRow(row!.thumb)).toBeNull();
  });
});
