import { FileSystemStorage } from '@filefield/core';
import { asLibrary, variantFile, variantName } from '@filefield/core/binding';
import { describe, expect, it, vi } from 'vitest';
import { failPoints, type FailPointHook } from '../../../packages/mikro-orm/src/fail-points.ts';
import { claimLocation } from '../../../packages/mikro-orm/src/worker/owner.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import {
  Album,
  anotherProcess,
  createGallery,
  picture,
  undecodable,
  type Gallery,
  sized,
} from './support.ts';

const patience = { timeout: 20_000, interval: 20 };

/** What the table of work says: how often each was tried, and whether it is due. */
async function workOf(gallery: Gallery): Promise<string[]> {
  const rows = await gallery.sql<{ attempts: number; due: boolean }>(
    'select attempts, due_at <= now() as due from file_variant_work order by id',
  );
  return rows.map(({ attempts, due }) => `${attempts} ${due ? 'due' : 'later'}`);
}

/** An image whose thumbnail another process has announced and may be storing. */
async function createShared() {
  const storage = new FileSystemStorage({ location: await temporaryDirectory() });
  const gallery = await createGallery({ default: storage });
  await gallery.save();
  const [cover] = await gallery.covers();
  const name = variantName(cover!.name, variantFile('thumb', sized(100), cover!));
  const values = `('default', ?, 'upload', now() + interval '1 day')`;
  await gallery.sql(`insert into file_journal (storage, name, reason, due_at) values ${values}`, [
    name,
  ]);
  const unfinished = async () => await Array.fromAsync(storage.unfinished());
  const begin = async () => {
    const writer = storage.createWriteStream(name, asLibrary({ ifExists: 'error' })).getWriter();
    await writer.write(Buffer.alloc(100_000));
    await vi.waitFor(async () => expect(await unfinished()).toHaveLength(1), patience);
    return writer;
  };
  return { gallery, unfinished, begin };
}

describe('a worker that is started', () => {
  it('makes variants as soon as a flush has committed, whatever the grace', async () => {
    const gallery = await createGallery({ files: { grace: '24h' } });
    gallery.files.worker.start();
    await vi.waitFor(() => expect(gallery.log.join()).toContain('file_variant_work'), patience);

    await gallery.save();

    await vi.waitFor(async () => expect(await gallery.variants()).toHaveLength(2), patience);
    await vi.waitFor(async () => expect(await workOf(gallery)).toEqual([]), patience);
    await gallery.files.worker.stop();
  });

  it('hears at once of what a process without an engine has committed', async () => {
    const gallery = await createGallery({ files: { grace: '24h' } });
    const { orm } = await anotherProcess(gallery, { engine: null });
    gallery.files.worker.start();
    const listening = `select from pg_stat_activity where query = 'listen filefield_journal'
      and datname = current_database()`;
    await vi.waitFor(async () => expect(await gallery.sql(listening)).toHaveLength(1), patience);

    const em = orm.em.fork();
    em.create(Album, { cover: picture() });
    await em.flush();

    await vi.waitFor(async () => expect(await gallery.variants()).toHaveLength(2), patience);
    await gallery.files.worker.stop();
  });

  it('goes on reclaiming while an image takes long', async () => {
    const gallery = await createGallery();
    const album = await gallery.save();
    const slow = Promise.withResolvers<void>();
    gallery.engine.before = () => slow.promise;
    gallery.files.worker.start();
    await vi.waitFor(() => expect(gallery.engine.requests).toHaveLength(1), patience);

    await gallery.sql('delete from album where id = ?', [album.id]);
    gallery.files.worker.wake();

    await vi.waitFor(async () => expect(await gallery.objects()).toEqual([]), patience);
    slow.resolve();
    await gallery.files.worker.stop();
  });

  it('gives an image up when it is stopped, and the next process makes it at once', async () => {
    const gallery = await createGallery();
    await gallery.save();
    gallery.engine.before = async (_, { signal }) =>
      await new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    gallery.files.worker.start();
    await vi.waitFor(() => expect(gallery.engine.requests).toHaveLength(1), patience);

    await gallery.files.worker.stop();

    expect(await workOf(gallery)).toEqual(['0 due']);
  });
});

describe('work', () => {
  it('is shared by workers that run at once, and nothing is made twice', async () => {
    const gallery = await createGallery({ files: { variants: { concurrency: 3 } } });
    for (const name of ['a.png', 'b.png', 'c.png', 'd.png']) await gallery.save(picture(name));

    const reports = await Promise.all([gallery.files.worker.drain(), gallery.files.worker.drain()]);

    const made = reports.reduce((sum, { variants }) => sum + (variants?.originals ?? 0), 0);
    expect([made, gallery.engine.requests.length]).toEqual([4, 4]);
  });

  it('of a process that died is done by another, once its lease is over', async () => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.sql(
      `update file_variant_work set attempts = 1, due_at = now() + interval '5 minutes'`,
    );
    await gallery.files.worker.drain();
    expect(await workOf(gallery)).toEqual(['1 later']);

    await gallery.sql('update file_variant_work set due_at = now()');
    await gallery.files.worker.drain();

    expect(await gallery.variants()).toHaveLength(2);
  });

  it('of a row that is gone is forgotten', async () => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.sql('delete from album');

    const { variants } = await gallery.files.worker.drain();

    expect(variants).toMatchObject({ originals: 0, gone: 1 });
    expect(await workOf(gallery)).toEqual([]);
  });

  it('of a column that this process does not declare is left to others', async () => {
    const gallery = await createGallery();
    await gallery.sql(
      `insert into file_variant_work (schema_name, table_name, column_name, storage, name)
      values ('public', 'album', 'other', 'default', 'a'), ('public', 'album', 'cover', 'attic', 'a')`,
    );

    await gallery.files.worker.drain();

    expect(await workOf(gallery)).toEqual(['0 due', '0 due']);
  });

  it('is put off, and not given up, where the storage fails', async () => {
    const gallery = await createGallery();
    await gallery.save();
    gallery.faults.push({ operation: 'save' });
    await gallery.sql('update file_variant_work set attempts = 50');

    const { variants } = await gallery.files.worker.drain();
    gallery.faults.length = 0;
    await gallery.sql(
      `update file_variant_work set due_at = now() where due_at < now() + interval '7 hours'`,
    );
    await gallery.files.worker.drain();

    expect(variants).toMatchObject({ failed: 1, refused: 0 });
    expect(await gallery.variants()).toHaveLength(2);
    expect(await gallery.reclaim()).toHaveLength(3);
  });

  it('removes what a killed process left of the same object, which nothing lists any more', async () => {
    const { gallery, unfinished, begin } = await createShared();
    const writer = await begin();

    await gallery.files.worker.drain();

    expect(await unfinished()).toEqual([]);
    expect(await gallery.variants()).toEqual(['card.webp', 'thumb.webp']);
    await expect(writer.close()).rejects.toThrow('Cannot save');
  });

  it('leaves the announcement of another in the journal, and what he begins after it goes with that', async () => {
    const { gallery, unfinished, begin } = await createShared();
    await gallery.files.worker.drain();
    const writer = await begin();

    expect(await gallery.journal()).toEqual([
      expect.stringMatching(/^thumb-\w+\.webp upload later$/),
    ]);
    await gallery.reclaim();

    expect([await unfinished(), await gallery.journal()]).toEqual([[], []]);
    expect(await gallery.variants()).toEqual(['card.webp', 'thumb.webp']);
    await expect(writer.close()).rejects.toThrow('Cannot save');
  });

  it('waits where a name has a tombstone: what is stored under it would go with it', async () => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.files.worker.drain();
    await gallery.sql(`update album set cover = cover - 'variants'`);
    await gallery.storage.deleteMany(await gallery.names());
    await gallery.sql(`update file_journal set state = 2, due_at = now() + interval '1 day'`);

    const { variants } = await gallery.files.worker.drain();
    const stored = await gallery.variants();
    await gallery.sql('delete from file_journal where state = 2');
    await gallery.sql('update file_variant_work set due_at = now()');
    await gallery.files.worker.drain();

    expect([variants?.failed, stored]).toEqual([1, []]);
    expect(await gallery.variants()).toEqual(['card.webp', 'thumb.webp']);
    expect(await gallery.reclaim()).toHaveLength(3);
  });

  it('is put off where somebody has locked the row', async () => {
    const gallery = await createGallery();
    await gallery.save();
    const em = gallery.em();
    await em.begin();
    await em.execute(`update album set title = 'locked'`);

    const { variants } = await gallery.files.worker.drain();

    await em.rollback();
    expect(variants).toMatchObject({ originals: 0, failed: 1 });
    expect(await workOf(gallery)).toEqual(['1 later']);
  });

  it('is left alone where the location belongs to another deployment: on demand nothing is stored', async () => {
    const gallery = await createGallery();
    await gallery.save();
    await claimLocation(gallery.storage, { environment: 'prod', journal: 'another' });
    const copy = await anotherProcess(gallery);
    const [cover] = await gallery.covers();
    const { name, storage } = cover!;
    const file = variantFile('thumb', sized(100), cover!);

    const { variants } = await copy.files.worker.drain();
    const link = { field: 'Album.cover', variant: 'thumb', storage, name, file };
    const found = await copy.files.findVariant(link);

    expect(variants?.problems).toEqual([expect.stringContaining('belongs to another deployment')]);
    expect(found).toMatchObject({ kind: 'bytes' });
    expect(await gallery.variants()).toEqual([]);
    expect(await workOf(gallery)).toEqual(['1 later']);
  });

  it('goes on with the next image where one is at fault', async () => {
    const gallery = await createGallery();
    await gallery.save(picture('bad.png'));
    await gallery.save();
    gallery.engine.before = () => gallery.engine.requests.length === 1 && undecodable();

    const { variants } = await gallery.files.worker.drain();

    expect(variants).toMatchObject({ originals: 1, refused: 1 });
  });
});

describe('a variant whose name comes to be barred while it is stored', () => {
  it('is tried again later, and the journal lists the others until then', async () => {
    const bar = `insert into file_journal (storage, name, state, due_at)
      select storage, name, 1, now() + interval '1 day' from file_journal where name like '%.v/thumb%'`;
    let isBarred = false;
    const hook: FailPointHook = async (point, phase) => {
      if (point !== 'put' || phase !== 'after' || isBarred) return;
      isBarred = true;
      await gallery.sql(bar);
    };
    const gallery: Gallery = await createGallery({ files: { [failPoints]: hook } });
    await gallery.save();

    const { variants } = await gallery.files.worker.drain();

    expect(variants).toMatchObject({ originals: 0, failed: 1 });
    expect(await gallery.variants()).toEqual(['card.webp', 'thumb.webp']);
    expect(await gallery.files.reconcile({ olderThan: '0ms' })).toMatchObject({ orphans: [] });
  });
});

describe('an original that is gone when its variants are made', () => {
  it.each<[how: string, statement: string, left: number]>([
    ['deleted', 'delete from album', 0],
    ['replaced', `update album set cover = null`, 0],
  ])('%s: what was made is reclaimed', async (_how, statement, left) => {
    const gallery = await createGallery();
    await gallery.save();
    gallery.engine.before = async () => await gallery.sql(statement);

    const { variants } = await gallery.files.worker.drain();

    expect(variants).toMatchObject({ gone: 1 });
    expect(await gallery.reclaim()).toHaveLength(left);
  });

  it('moved to another row: it has them there', async () => {
    const gallery = await createGallery();
    await gallery.save();
    gallery.engine.before = async () =>
      await gallery.sql(`with gone as (delete from album returning cover)
        insert into album (cover, pages) select cover, '[]' from gone`);

    await gallery.files.worker.drain();

    const [cover] = await gallery.covers();
    expect(Object.keys(cover?.variants ?? {}).toSorted()).toEqual(['card', 'thumb']);
    expect(await gallery.reclaim()).toHaveLength(3);
  });
});
