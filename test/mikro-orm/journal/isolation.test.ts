import { describe, expect, it } from 'vitest';
import { isReclaimedError } from '../../../packages/mikro-orm/src/journal/reclaimed-error.ts';
import { file, fileTables, type FileTables } from './file-tables.ts';

async function tables(): Promise<FileTables> {
  return fileTables('create table t (id serial primary key, a jsonb)', [
    { name: 't', columns: [{ column: 'a' }] },
  ]);
}

describe.each(['repeatable read', 'serializable'])('a writer in %s', (level) => {
  it.each([
    { state: 1, title: 'leased' },
    { state: 2, title: 'deleted' },
  ])('fails on an object that was $title after its snapshot', async ({ state }) => {
    const t = await tables();
    const writer = await t.connect();
    await writer.query(`begin isolation level ${level}; select 1`);
    await t.run(`insert into file_journal (storage, name, state) values ('p', 'n1', ${state})`);

    const writing = writer.query(`insert into t (a) values (${file('n1')})`);

    const error: unknown = await writing.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: '23505', constraint: 'file_journal_deleting' });
    expect(isReclaimedError(error)).toBe(true);
  });

  it('fails on an object that it does not own and that was deleted after its snapshot', async () => {
    const t = await tables();
    const writer = await t.connect();
    await writer.query(`begin isolation level ${level}; select 1`);
    await t.run(`insert into file_journal (storage, name, state) values ('p', 'n1', 2)`);

    const writing = writer.query(`insert into t (a) values (${file('n1', { owned: false })})`);

    await expect(writing).rejects.toMatchObject({ constraint: 'file_journal_deleting' });
  });

  it('makes a later lease of its object wait until it ends', async () => {
    const t = await tables();
    const writer = await t.connect();
    await writer.query(`begin isolation level ${level}; insert into t (a) values (${file('n1')})`);

    const leasing = t.run(
      `begin; set local lock_timeout = '50ms'; insert into file_journal (storage, name, state) values ('p', 'n1', 1)`,
    );

    await expect(leasing).rejects.toMatchObject({ code: '55P03' });
  });

  it('leaves nothing of its guard behind', async () => {
    const t = await tables();

    await t.run(`begin isolation level ${level}; insert into t (a) values (${file('n1')}); commit`);

    expect(await t.listed()).toEqual([]);
  });
});

describe('a writer in read committed', () => {
  it('waits for a lease of its object and then fails', async () => {
    const t = await tables();
    const worker = await t.connect();
    const writer = await t.connect();
    await t.run(`insert into file_journal (storage, name) values ('p', 'n1')`);
    await worker.query('begin; update file_journal set state = 1');

    const writing = writer
      .query(`insert into t (a) values (${file('n1')})`)
      .catch((error: unknown) => error);
    await expect.poll(() => t.run(`select 1 from pg_locks where not granted`)).not.toHaveLength(0);
    await worker.query('commit');

    const error = await writing;
    expect(error).toMatchObject({ code: '23503', constraint: 'file_journal_reclaimed' });
    expect(isReclaimedError(error)).toBe(true);
  });

  it('gets its object where the lease is rolled back', async () => {
    const t = await tables();
    const worker = await t.connect();
    const writer = await t.connect();
    await t.run(`insert into file_journal (storage, name) values ('p', 'n1')`);
    await worker.query('begin; update file_journal set state = 1');

    const writing = writer.query(`insert into t (a) values (${file('n1')})`);
    await expect.poll(() => t.run(`select 1 from pg_locks where not granted`)).not.toHaveLength(0);
    await worker.query('rollback');

    await writing;
    expect(await t.listed()).toEqual([]);
  });

  it('keeps its object from being leased while its transaction is open', async () => {
    const t = await tables();
    const writer = await t.connect();
    await t.run(`insert into file_journal (storage, name) values ('p', 'n1')`);

    await writer.query(`begin; insert into t (a) values (${file('n1')})`);

    expect(await t.run('select name from file_journal for update skip locked')).toEqual([]);
  });
});

describe('isReclaimedError', () => {
  it('looks through what wraps the error of the database', () => {
    const cause = Object.assign(new Error('x'), {
      code: '23503',
      constraint: 'file_journal_reclaimed',
    });

    expect(isReclaimedError(new Error('flush failed', { cause }))).toBe(true);
  });

  it.each([
    { error: 'a foreign key of the application', code: '23503', constraint: 'users_team_fkey' },
    { error: 'a unique constraint of the application', code: '23505', constraint: 'users_email' },
  ])('is false for $error', ({ code, constraint }) => {
    expect(isReclaimedError(Object.assign(new Error('x'), { code, constraint }))).toBe(false);
  });

  it('is false for what is no error', () => {
    expect(isReclaimedError('23503')).toBe(false);
  });
});
