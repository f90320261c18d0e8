import { IsolationLevel, type EntityManager } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, text } from '../support.ts';
import { Doc } from './entities.ts';

describe.each([
  IsolationLevel.READ_COMMITTED,
  IsolationLevel.REPEATABLE_READ,
  IsolationLevel.SERIALIZABLE,
])('under %s', (isolationLevel) => {
  it.each<[string, (em: EntityManager) => Promise<unknown>, string[]]>([
    [
      'creates',
      async (em) => em.create(Doc, { name: 'b', file: text('b.txt') }),
      ['a.txt', 'b.txt'],
    ],
    [
      'replaces',
      async (em) => {
        const doc = await em.findOneOrFail(Doc, { name: 'a' });
        doc.file = text('b.txt');
      },
      ['b.txt'],
    ],
    [
      'renames',
      async (em) => {
        const doc = await em.findOneOrFail(Doc, { name: 'a' });
        doc.file = doc.file!.renamed('b.txt');
      },
      ['b.txt'],
    ],
    [
      'copies',
      async (em) => {
        const doc = await em.findOneOrFail(Doc, { name: 'a' });
        em.create(Doc, { name: 'b', file: doc.file!.copy().renamed('b.txt') });
      },
      ['a.txt', 'b.txt'],
    ],
    ['removes', async (em) => em.remove(await em.findOneOrFail(Doc, { name: 'a' })), []],
  ])('%s, although the journal is written beside the snapshot', async (_, change, objects) => {
    const app = await createApp([Doc]);
    const setup = app.em();
    setup.create(Doc, { name: 'a', file: text('a.txt') });
    await setup.flush();

    await app.em().transactional(
      async (em) => {
        await em.count(Doc);
        await change(em);
      },
      { isolationLevel },
    );

    expect(await app.reclaim()).toEqual(objects);
    const rows = await app.em().find(Doc, {});
    const bytes = await Promise.all(rows.map(({ file }) => file!.bytes({ verify: true })));
    expect(bytes).toHaveLength(objects.length);
  });

  it('refuses a file that was staged and reclaimed after the snapshot', async () => {
    const app = await createApp([Doc]);

    const done = app.em().transactional(
      async (em) => {
        await em.count(Doc);
        const file = await app.files.stage(Doc, 'file', 'bytes', { filename: 'a.txt' });
        await app.reclaim();
        em.create(Doc, { name: 'late', file });
      },
      { isolationLevel },
    );

    expect(await outcome(done)).toBe('UploadRejectedError expired');
    expect(await app.sql('select 1 from doc')).toEqual([]);
  });
});

describe('a file that was staged before the snapshot and reclaimed after it', () => {
  // What MikroORM makes of 40001, "could not serialize access": the transaction is to be retried.
  it.each([
    [IsolationLevel.READ_COMMITTED, 'UploadRejectedError expired'],
    [IsolationLevel.REPEATABLE_READ, 'DeadlockException'],
    [IsolationLevel.SERIALIZABLE, 'DeadlockException'],
  ])('under %s throws %s', async (isolationLevel, error) => {
    const app = await createApp([Doc]);
    const staged = await app.files.stage(Doc, 'file', 'bytes', { filename: 'a.txt' });

    const done = app.em().transactional(
      async (em) => {
        await em.count(Doc);
        await app.reclaim();
        em.create(Doc, { name: 'late', file: staged });
      },
      { isolationLevel },
    );

    expect(await outcome(done)).toBe(error);
    const again = app.em();
    again.create(Doc, { name: 'late', file: staged });
    expect(await outcome(again.flush())).toBe('UploadRejectedError expired');
    expect(await app.sql('select 1 from doc')).toEqual([]);
  });
});
