import type { FieldFile } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, stream, text, type App } from '../support.ts';
import { Doc } from './entities.ts';

/** A flush that failed at its INSERT, after the upload. */
async function failedFlush(file: FieldFile, files: Parameters<typeof createApp>[1] = {}) {
  const app = await createApp([Doc], files);
  await app.sql(`insert into doc (name) values ('taken')`);
  const em = app.em();
  const doc = em.create(Doc, { name: 'taken', file });
  await em.flush().catch(() => {});
  doc.name = 'free';
  return { app, em, doc };
}

/** Lets the staged upload be reclaimed, as after its `uploadTimeout`. */
async function reclaimStaged(app: App): Promise<void> {
  await app.sql('update file_journal set due_at = now() where state = 0');
  await app.files.worker.drain();
}

describe('a flush that failed after the upload', () => {
  it('leaves the file pending, its object staged', async () => {
    const { app, doc } = await failedFlush(text('a.txt'));

    expect(doc.file!.isPending).toBe(true);
    expect(await app.journal()).toEqual(['a.txt upload later']);
    expect(await app.objects()).toEqual(['a.txt']);
  });

  it.each<[string, FieldFile]>([
    ['bytes', text('a.txt')],
    ['a stream that is read already', stream('a.txt')],
  ])('is retried without a second upload of %s', async (_, file) => {
    const { app, em, doc } = await failedFlush(file);

    await em.persist(doc).flush();

    expect(app.uploads()).toBe(1);
    expect(doc.file!.isPending).toBe(false);
    expect(await doc.file!.text({ verify: true })).toBe('a.txt');
    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('is retried by another entity manager and for another row', async () => {
    const { app, doc } = await failedFlush(stream('a.txt'));
    const em = app.em();

    em.create(Doc, { name: 'other', file: doc.file! });
    await em.flush();

    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('may fail many times, with one upload', async () => {
    const { app, em, doc } = await failedFlush(stream('a.txt'));
    doc.name = 'taken';
    await em
      .persist(doc)
      .flush()
      .catch(() => {});
    await em
      .persist(doc)
      .flush()
      .catch(() => {});

    doc.name = 'free';
    await em.persist(doc).flush();

    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('uploads anew when its object was reclaimed and the source can be read again', async () => {
    const { app, em, doc } = await failedFlush(text('a.txt'));
    await reclaimStaged(app);

    await em.persist(doc).flush();

    expect(app.uploads()).toBe(2);
    expect(await doc.file!.text({ verify: true })).toBe('a.txt');
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('uploads anew for another field', async () => {
    const { app, em, doc } = await failedFlush(text('a.txt'));

    doc.thumb = doc.file!;
    doc.file = null;
    await em.persist(doc).flush();

    expect(doc.thumb).toMatchObject({ storage: 'other', isPending: false });
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('throws UploadRejectedError when its object was reclaimed and its stream was read', async () => {
    const { app, em, doc } = await failedFlush(stream('a.txt'));
    await reclaimStaged(app);

    await expect(em.persist(doc).flush()).rejects.toMatchObject({
      code: 'UPLOAD_REJECTED',
      reason: 'expired',
    });
    expect(await app.objects()).toEqual([]);
  });

  it('uses an upload that is late, as long as nobody reclaims it', async () => {
    const { app, em, doc } = await failedFlush(stream('a.txt'));
    await app.sql(`update file_journal set due_at = now() - interval '1 hour' where state = 0`);

    await em.persist(doc).flush();

    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('that is given up leaves the object to the journal', async () => {
    const { app } = await failedFlush(text('a.txt'));

    expect(await app.reclaim()).toEqual([]);
  });

  it('inserts the row at the next try: no UPDATE without WHERE', async () => {
    const { app, em, doc } = await failedFlush(text('a.txt'));
    await app.sql(`insert into doc (name) values ('b'), ('c')`);
    app.log.length = 0;

    await em.persist(doc).flush();

    expect(app.log.filter((line) => line.startsWith('update'))).toEqual([]);
    const rows = await app.sql<{ name: string }>('select name from doc order by id');
    expect(rows.map(({ name }) => name).toSorted()).toEqual(['b', 'c', 'free', 'taken']);
  });
});

describe('a reclaimed object', () => {
  it('is refused by the flush whose upload the worker took away', async () => {
    const app = await createApp([Doc], { files: { uploadTimeout: '1h' } });

    const done = app.em().transactional(async (em) => {
      const setup = em.create(Doc, { name: 'a', file: text('a.txt') });
      await app.orm.em.fork().transactional(async () => {});
      em.getEventManager().registerSubscriber({
        beforeCreate: async ({ entity }) => {
          if (entity === setup) await reclaimStaged(app);
        },
      });
      await em.flush();
    });

    await expect(done).rejects.toMatchObject({ code: 'UPLOAD_REJECTED', reason: 'expired' });
    expect(await app.sql('select 1 from doc')).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('is refused as a value that was loaded before', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    const loaded = await app.em().findOneOrFail(Doc, doc.id);
    await em.remove(doc).flush();
    await app.reclaim();

    const late = app.em();
    late.create(Doc, { name: 'late', file: loaded.file! });

    expect(await outcome(late.flush())).toBe('FileNotFoundError');
  });
});

describe('an UPDATE that matches no row', () => {
  it('leaves the new object to the journal', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await app.sql('delete from doc');

    doc.file = text('b.txt');
    await em.flush();

    expect(await app.journal()).toEqual(['a.txt released due', 'b.txt upload later']);
    expect(await app.reclaim()).toEqual([]);
  });
});
