import type { FieldFile } from '@filefield/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, stem, text, type App } from '../support.ts';
import { Doc } from './entities.ts';

describe('a file field', () => {
  it('is uploaded by the flush that inserts its row, before BEGIN', async () => {
    const app = await createApp([Doc]);
    const em = app.em();

    const doc = em.create(Doc, { name: 'a', file: text('a.txt', 'hello') });
    await em.flush();

    expect(app.log.map((line) => line.split(/[ ;(]/)[0])).toEqual([
      'select',
      'begin',
      'insert',
      'commit',
    ]);
    expect(doc.file).toMatchObject({
      isPending: false,
      size: 5,
      type: 'text/plain',
      filename: 'a.txt',
    });
    const again = await app.em().findOneOrFail(Doc, doc.id);
    expect(await again.file?.text({ verify: true })).toBe('hello');
    expect(await app.journal()).toEqual([]);
  });

  it('is uploaded by the flush that updates its row, which writes its column alone', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', thumb: text('t.txt') });
    await em.flush();

    doc.file = text('a.txt');
    await em.flush();

    expect(doc.file.isPending).toBe(false);
    expect(app.log.find((line) => line.startsWith('update'))).toMatch(
      /^update "doc" set "file" = \? where "id" = \? /,
    );
    expect(await app.reclaim()).toEqual(['a.txt', 't.txt']);
  });

  it('leaves nothing to write for the next flush', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt'), thumb: text('t.txt') });
    await em.flush();
    app.log.length = 0;

    await em.flush();

    expect(app.log).toEqual([]);
  });

  it('keeps its old object until the row has the new one, then lets go of it', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('old.txt') });
    await em.flush();

    doc.file = text('new.txt');
    await em.flush();

    expect(await app.journal()).toEqual(['old.txt released due']);
    expect(await app.objects()).toEqual(['new.txt', 'old.txt']);
    expect(await app.reclaim()).toEqual(['new.txt']);
  });

  it('lets go of its object when it becomes null', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    doc.file = null;
    await em.flush();

    expect(await app.reclaim()).toEqual([]);
  });

  it('leaves its object alone when other columns change', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    doc.name = 'b';
    await em.flush();

    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('is written with another filename without a copy', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    const { name } = doc.file!;

    doc.file = doc.file!.withFilename('shown.txt');
    await em.flush();

    const again = await app.em().findOneOrFail(Doc, doc.id);
    expect(again.file).toMatchObject({ name, filename: 'shown.txt' });
    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('is uploaded for every entity that a persist cascades to', async () => {
    const app = await createApp([Doc]);
    const em = app.em();

    em.create(Doc, {
      name: 'parent',
      file: text('parent.txt'),
      children: [
        { name: 'one', file: text('one.txt') },
        { name: 'two', file: text('two.txt') },
      ],
    });
    await em.flush();

    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(['one.txt', 'parent.txt', 'two.txt']);
  });

  it('keeps the bytes of each entity apart in one flush', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const docs = Array.from({ length: 20 }, (_, n) =>
      em.create(Doc, { name: `n${n}`, file: text(`f${n}.txt`, `bytes of ${n}`) }),
    );

    await em.flush();

    const found = await app.em().find(Doc, {}, { orderBy: { id: 'asc' } });
    const bytes = await Promise.all(found.map(({ file }) => file!.text()));
    expect(bytes).toEqual(docs.map((_, n) => `bytes of ${n}`));
  });

  it('carries metadata, and a change of it alone touches no journal', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    await app.sql(`update doc set file = file || '{"metadata": {"alt": "x"}}'`);

    const again = await app.em().findOneOrFail(Doc, doc.id);
    expect(again.file?.metadata).toEqual({ alt: 'x' });
    expect(await app.journal()).toEqual([]);
  });
});

describe('a row that goes away', () => {
  it('lets go of its objects when its entity is removed', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt'), thumb: text('t.txt') });
    await em.flush();

    await em.remove(doc).flush();

    expect(await app.journal()).toEqual(['a.txt released due', 't.txt released due']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('takes nothing along when it was never inserted', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });

    await em.remove(doc).flush();

    expect(app.uploads()).toBe(0);
    expect(await app.journal()).toEqual([]);
  });

  it('lets go of its objects when orphan removal deletes it', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const parent = em.create(Doc, {
      name: 'parent',
      file: text('parent.txt'),
      children: [
        { name: 'one', file: text('one.txt') },
        { name: 'two', file: text('two.txt') },
      ],
    });
    await em.flush();

    parent.children.remove(parent.children[0]!);
    await em.flush();

    expect(await app.reclaim()).toEqual(['parent.txt', 'two.txt']);
  });

  it.each<[string, (app: App) => Promise<unknown>]>([
    ['a DELETE in raw SQL', (app) => app.sql('delete from doc where id = 1')],
    ['nativeDelete', (app) => app.em().nativeDelete(Doc, { id: 1 })],
    ['a query builder', (app) => app.em().createQueryBuilder(Doc).delete({ id: 1 }).execute()],
    [
      'em.remove of a reference',
      (app) => {
        const em = app.em();
        return em.remove(em.getReference(Doc, 1)).flush();
      },
    ],
    ['TRUNCATE', (app) => app.sql('truncate doc')],
    [
      'a MERGE',
      (app) =>
        app.sql(
          'merge into doc using (values (1)) v (id) on doc.id = v.id when matched then delete',
        ),
    ],
  ])('lets go of its objects, and those of a cascade, when deleted by %s', async (_, remove) => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, {
      name: 'parent',
      file: text('parent.txt'),
      children: [{ name: 'child', file: text('child.txt'), thumb: text('thumb.txt') }],
    });
    await em.flush();

    await remove(app);

    expect(await app.journal()).toEqual([
      'child.txt released due',
      'parent.txt released due',
      'thumb.txt released due',
    ]);
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('a statement that MikroORM did not make from entities', () => {
  it.each<[string, (app: App) => Promise<unknown>]>([
    ['nativeUpdate', (app) => app.em().nativeUpdate(Doc, { id: 1 }, { file: null })],
    ['raw SQL', (app) => app.sql('update doc set file = null where id = 1')],
    [
      'a query builder',
      (app) => app.em().createQueryBuilder(Doc).update({ file: null }).where({ id: 1 }).execute(),
    ],
    ['upsert', (app) => app.em().upsert(Doc, { name: 'a', file: null })],
    [
      'a MERGE',
      (app) =>
        app.sql(
          'merge into doc using (values (1)) v (id) on doc.id = v.id when matched then update set file = null',
        ),
    ],
  ])('releases the object that %s takes out of the row', async (_, update) => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    await update(app);

    expect(await app.journal()).toEqual(['a.txt released due']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('may copy a reference: the object stays until the last one is gone', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    await app.sql(`insert into doc (name, file) select 'b', file from doc`);
    await app.sql(`delete from doc where name = 'a'`);

    expect(await app.reclaim()).toEqual(['a.txt']);
    await app.sql(`delete from doc`);
    expect(await app.reclaim()).toEqual([]);
  });

  it('is refused when it names an object that was reclaimed', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    const row = JSON.stringify(doc.file!.toRow());
    await app.sql('delete from doc');
    await app.reclaim();

    const late = app.sql(`insert into doc (name, file) values ('late', ?::jsonb)`, [row]);

    await expect(late).rejects.toThrow(/reclaimed/);
  });

  it.each<[string, (app: App, doc: { file: FieldFile }) => Promise<unknown>]>([
    ['insertMany', (app, doc) => app.em().insertMany(Doc, [{ name: 'x', ...doc }])],
    ['insert', (app, doc) => app.em().insert(Doc, { name: 'x', ...doc })],
    ['upsert', (app, doc) => app.em().upsert(Doc, { name: 'x', ...doc })],
    ['nativeUpdate', (app, doc) => app.em().nativeUpdate(Doc, { id: 1 }, doc)],
    ['a filter', (app, doc) => app.em().find(Doc, doc)],
    [
      'a query builder',
      async (app, doc) => app.em().createQueryBuilder(Doc).update(doc).where({ id: 1 }).execute(),
    ],
  ])('refuses a pending file in %s and says files.stage()', async (_, run) => {
    const app = await createApp([Doc]);

    const refused = run(app, { file: text('a.txt') });

    await expect(refused).rejects.toThrow(/is pending.*files\.stage\(\)/);
    expect(await app.objects()).toEqual([]);
  });
});

describe('a row whose object is gone', () => {
  async function savedWithoutObject(): Promise<App> {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await app.storage.delete(doc.file!.name!);
    return app;
  }

  it('is loaded, shown and saved as ever: only its bytes are missed', async () => {
    const app = await savedWithoutObject();
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, { name: 'a' });
    doc.name = 'b';
    await em.flush();

    expect(JSON.parse(JSON.stringify(doc))).toMatchObject({ name: 'b', file: { size: 5 } });
    const missing = { code: 'FILE_NOT_FOUND', object: doc.file!.name, storage: 'default' };
    await expect(doc.file!.text()).rejects.toMatchObject(missing);
    await expect(doc.file!.stat()).rejects.toMatchObject(missing);
  });

  it.each<[string, (em: EntityManager, doc: Doc) => unknown, string[]]>([
    ['takes another file', (_, doc) => (doc.file = text('b.txt')), ['b.txt']],
    ['is cleared', (_, doc) => (doc.file = null), []],
    ['is removed', (em, doc) => em.remove(doc), []],
  ])('%s, and leaves no work undone', async (_what, change, objects) => {
    const app = await savedWithoutObject();
    const em = app.em();
    change(em, await em.findOneOrFail(Doc, { name: 'a' }));

    await em.flush();

    expect(await app.reclaim()).toEqual(objects);
    expect(await app.journal()).toEqual([]);
  });
});

describe('the name of an object', () => {
  it('is made of uploadTo, the filename and a random token', async () => {
    const app = await createApp([Doc]);
    const em = app.em();

    const doc = em.create(Doc, { name: 'a', thumb: text('my photo.tar.gz') });
    await em.flush();

    expect(doc.thumb!.name).toMatch(/^thumbs\/my_photo_[0-9a-z]{22}\.tar\.gz$/);
    expect(stem(doc.thumb!.name!)).toBe('my_photo.tar.gz');
  });
});
