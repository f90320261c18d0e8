import { describe, expect, it } from 'vitest';
import { Journal, type ScheduledObject } from '../../../packages/mikro-orm/src/journal/journal.ts';
import { journalGrants } from '../../../packages/mikro-orm/src/journal/journal-grants.ts';
import { databaseOn, file, fileTables, type FileTables } from './file-tables.ts';

const hour = 3_600_000;

async function tables(): Promise<FileTables & { journal: Journal }> {
  const t = await fileTables('create table t (id serial primary key, a jsonb)', [
    { name: 't', columns: [{ column: 'a' }] },
  ]);
  return { ...t, journal: new Journal(databaseOn(await t.connect())) };
}

function object(name: string, more: Partial<ScheduledObject> = {}): ScheduledObject {
  return { storage: 'p', location: 'memory://1/', name, reason: 'upload', ...more };
}

describe('Journal.schedule', () => {
  it('lists every object with what the writer knows of it', async () => {
    const { journal, run } = await tables();

    await journal.schedule([object('n1', { uploadId: 'u1' })], hour);

    expect(await run('select * from file_journal')).toMatchObject([
      { storage: 'p', location: 'memory://1/', name: 'n1', upload_id: 'u1', reason: 'upload' },
    ]);
  });

  it('gives tickets in the order of the objects, twins included', async () => {
    const { journal } = await tables();

    const tickets = await journal.schedule([object('b'), object('a'), object('b')], hour);

    expect(tickets.map(({ name }) => name)).toEqual(['b', 'a', 'b']);
    expect(new Set(tickets.map(({ id }) => id)).size).toBe(3);
  });

  it('says when the objects are due', async () => {
    const { journal, run } = await tables();

    const [ticket] = await journal.schedule([object('n1')], hour);

    const [row] = await run('select due_at from file_journal');
    expect(ticket?.dueAt).toEqual(row?.['due_at']);
  });

  it('keeps any name as it is', async () => {
    const { journal, run } = await tables();
    const name = `a'b"c\\d?e$1{}\u{1F4F7}`;

    const [ticket] = await journal.schedule([object(name)], hour);

    expect(ticket?.name).toBe(name);
    expect(await run('select name from file_journal')).toEqual([{ name }]);
  });

  it('asks nothing of the database for no objects', async () => {
    const { journal } = await tables();

    expect(await journal.schedule([], hour)).toEqual([]);
  });

  it.each([
    { refused: 'no storage', entry: { name: 'x', reason: 'upload' } },
    { refused: 'an empty name', entry: { storage: 'p', name: '', reason: 'upload' } },
    {
      refused: 'the journal’s own reasons',
      entry: { storage: 'p', name: 'x', reason: 'identity' },
    },
    {
      refused: 'a name of 1,025 bytes',
      entry: { storage: 'p', name: 'x'.repeat(1025), reason: 'upload' },
    },
    {
      refused: 'an alias of 1,025 bytes',
      entry: { storage: 'p'.repeat(1025), name: 'x', reason: 'upload' },
    },
  ])('refuses $refused', async ({ entry }) => {
    const { run } = await tables();

    const scheduling = run(
      `select filefield_schedule('${JSON.stringify([entry])}', interval '1 hour')`,
    );

    await expect(scheduling).rejects.toMatchObject({ code: '22023' });
  });

  it('is durable where the role does not wait for the disk', async () => {
    const t = await tables();
    const role = await t.createRole();
    await t.run(journalGrants({ role }).join(';'));
    await t.run(`alter role ${role} set synchronous_commit = off`);
    const hasty = await t.connect(role);

    await hasty.query('begin');
    const before = await hasty.query('show synchronous_commit');
    await new Journal(databaseOn(hasty)).schedule([object('n1')], hour);
    const after = await hasty.query('show synchronous_commit');
    await hasty.query('commit');

    const next = await hasty.query('show synchronous_commit');
    expect([before, after, next].map(({ rows }) => rows[0].synchronous_commit)).toEqual([
      'off',
      'on',
      'off',
    ]);
  });
});

describe('Journal.renew', () => {
  it('moves the time at which an object is due', async () => {
    const { journal, run } = await tables();
    const tickets = await journal.schedule([object('n1')], hour);

    const renewed = await journal.renew(tickets, 3 * hour);

    expect(renewed).toEqual(new Set([tickets[0]?.id]));
    expect(
      await run(`select due_at > now() + interval '2 hours' as later from file_journal`),
    ).toEqual([{ later: true }]);
  });

  it('renews what is late but not leased', async () => {
    const { journal, run } = await tables();
    const tickets = await journal.schedule([object('n1')], hour);
    await run(`update file_journal set due_at = now() - interval '1 hour'`);

    expect(await journal.renew(tickets, hour)).toHaveLength(1);
  });

  it.each([
    { left: 'what the worker has', change: 'update file_journal set state = 1' },
    { left: 'what was deleted', change: 'update file_journal set state = 2' },
    { left: 'what is held', change: `update file_journal set due_at = 'infinity'` },
    { left: 'what a row references', change: `insert into t (a) values (${file('n1')})` },
    { left: 'a row of another name', change: `update file_journal set name = 'other'` },
  ])('leaves $left alone', async ({ change }) => {
    const { journal, run } = await tables();
    const tickets = await journal.schedule([object('n1')], hour);
    await run(change);

    expect(await journal.renew(tickets, hour)).toEqual(new Set());
  });
});

describe('Journal.abandon', () => {
  it('makes an object due at once', async () => {
    const { journal, run } = await tables();
    const tickets = await journal.schedule([object('n1')], hour);

    await journal.abandon(tickets);

    expect(await run('select due_at <= now() as due from file_journal')).toEqual([{ due: true }]);
  });
});

describe('Journal.hold', () => {
  it('keeps a listed object on purpose', async () => {
    const { journal, run } = await tables();
    await journal.schedule([object('n1', { reason: 'copy' })], hour);

    expect(await journal.hold({ storage: 'p', name: 'n1' })).toBe(1);

    expect(await run('select reason, due_at from file_journal')).toEqual([
      { reason: 'kept', due_at: Infinity },
    ]);
  });

  it.each([
    { missed: 'is not listed', sql: 'select 1' },
    {
      missed: 'is being deleted',
      sql: `insert into file_journal (storage, name, state) values ('p', 'n1', 1)`,
    },
  ])('gives 0 for what $missed', async ({ sql }) => {
    const { journal, run } = await tables();
    await run(sql);

    expect(await journal.hold({ storage: 'p', name: 'n1' })).toBe(0);
  });
});

describe('Journal.restore', () => {
  const n1 = { storage: 'p', name: 'n1' };

  it('gives the value that vanished and time to assign it', async () => {
    const { journal, run } = await tables();
    await run(`insert into t (a) values (${file('n1', { type: 'image/png' })}); delete from t`);

    const value = await journal.restore(n1, 48 * hour);

    expect(value).toEqual({ storage: 'p', name: 'n1', size: 1, type: 'image/png' });
    expect(
      await run(`select due_at > now() + interval '47 hours' as later from file_journal`),
    ).toEqual([{ later: true }]);
  });

  it('never makes an object due earlier, a held one least of all', async () => {
    const { journal, run } = await tables();
    await journal.schedule([object('n1')], hour);
    await journal.hold(n1);

    await journal.restore(n1, hour);

    expect(await run('select due_at from file_journal')).toEqual([{ due_at: Infinity }]);
  });

  it('gives storage and name where no value was kept', async () => {
    const { journal } = await tables();
    await journal.schedule([object('n1', { reason: 'orphan' })], hour);

    expect(await journal.restore(n1, hour)).toEqual(n1);
  });

  it('gives the value that vanished last', async () => {
    const { journal, run } = await tables();
    await run(`insert into t (a) values (${file('n1', { size: 1 })}); delete from t`);
    await run(
      `insert into file_journal (storage, name, value) values ('p', 'n1', '{"storage":"p","name":"n1","size":2}')`,
    );

    expect(await journal.restore(n1, hour)).toMatchObject({ size: 2 });
  });

  it.each([
    { missed: 'was never listed', sql: 'select 1' },
    {
      missed: 'is being deleted',
      sql: `insert into file_journal (storage, name, state) values ('p', 'n1', 1)`,
    },
    {
      missed: 'was deleted',
      sql: `insert into file_journal (storage, name, state) values ('p', 'n1', 2)`,
    },
  ])('gives null for what $missed', async ({ sql }) => {
    const { journal, run } = await tables();
    await run(sql);

    expect(await journal.restore(n1, hour)).toBeNull();
  });
});

describe('Journal.listed', () => {
  it('finds names in any state, in this storage only', async () => {
    const { journal, run } = await tables();
    await run(
      `insert into file_journal (storage, name, state) values ('p', 'a', 0), ('p', 'b', 2), ('q', 'c', 0)`,
    );

    expect(await journal.listed('p', ['a', 'b', 'c', 'd'])).toEqual(new Set(['a', 'b']));
  });
});

describe.each(['read committed', 'repeatable read', 'serializable'])(
  'Journal.claim in %s',
  (level) => {
    it('lets one of two transactions use a ticket', async () => {
      const t = await tables();
      const [ticket] = await t.journal.schedule([object('n1', { reason: 'direct' })], hour);
      const claim = { id: ticket?.id ?? '', storage: 'p', name: 'n1' };
      const [first, second] = [await t.connect(), await t.connect()];
      await first.query(`begin isolation level ${level}; select 1`);
      await second.query(`begin isolation level ${level}; select 1`);

      const won = await new Journal(databaseOn(first)).claim(claim);
      const losing = new Journal(databaseOn(second))
        .claim(claim)
        .catch((error: unknown) => (error as { code: string }).code);
      await first.query(`insert into t (a) values (${file('n1')}); commit`);

      expect(won).toBe(true);
      expect([false, '40001']).toContain(await losing);
    });

    it('refuses a ticket that was used, even after the row is gone', async () => {
      const t = await tables();
      const [ticket] = await t.journal.schedule([object('n1', { reason: 'direct' })], hour);
      const claim = { id: ticket?.id ?? '', storage: 'p', name: 'n1' };
      await t.journal.claim(claim);
      await t.run(`insert into t (a) values (${file('n1')}); delete from t`);

      expect(await t.journal.claim(claim)).toBe(false);
    });

    it('gives the ticket back when the transaction is rolled back', async () => {
      const t = await tables();
      const [ticket] = await t.journal.schedule([object('n1', { reason: 'direct' })], hour);
      const claim = { id: ticket?.id ?? '', storage: 'p', name: 'n1' };
      const writer = await t.connect();
      await writer.query(`begin isolation level ${level}`);
      await new Journal(databaseOn(writer)).claim(claim);
      await writer.query('rollback');

      expect(await t.journal.claim(claim)).toBe(true);
    });
  },
);

describe('Journal.claim', () => {
  it.each([
    { refused: 'an expired ticket', change: `update file_journal set due_at = now()` },
    { refused: 'an object that is being reclaimed', change: 'update file_journal set state = 1' },
    {
      refused: 'a row that is no direct upload',
      change: `update file_journal set reason = 'copy'`,
    },
    { refused: 'another name', change: `update file_journal set name = 'n2'` },
    { refused: 'another storage', change: `update file_journal set storage = 'q'` },
  ])('refuses $refused', async ({ change }) => {
    const { journal, run } = await tables();
    const [ticket] = await journal.schedule([object('n1', { reason: 'direct' })], hour);
    await run(change);

    expect(await journal.claim({ id: ticket?.id ?? '', storage: 'p', name: 'n1' })).toBe(false);
  });
});

describe('moving a file to another storage by compare-and-swap', () => {
  const swap = `update t set a = jsonb_set(a, '{storage}', '"remote"') where a ->> 'storage' = 'p' and a ->> 'name' = 'n1'`;

  it('claims the copy and keeps the source when it is held in the same transaction', async () => {
    const { journal, run, listed } = await tables();
    await run(`insert into t (a) values (${file('n1')})`);
    await journal.schedule([object('n1', { storage: 'remote', reason: 'copy' })], hour);

    await run(`begin; ${swap}; select filefield_hold('p', 'n1'); commit`);

    expect(await listed()).toEqual(['p:n1:0']);
    expect(await run('select due_at from file_journal')).toEqual([{ due_at: Infinity }]);
  });

  it('claims the kept source again on the way back', async () => {
    const { run, listed } = await tables();
    await run(`insert into t (a) values (${file('n1')})`);
    await run(`begin; ${swap}; select filefield_hold('p', 'n1'); commit`);

    await run(`update t set a = jsonb_set(a, '{storage}', '"p"')`);

    expect(await listed()).toEqual(['remote:n1:0']);
  });

  it('leaves the copy scheduled where the row changed meanwhile', async () => {
    const { journal, run, listed } = await tables();
    await run(`insert into t (a) values (${file('n1')})`);
    await journal.schedule([object('n1', { storage: 'remote', reason: 'copy' })], hour);
    await run('update t set a = null');

    await run(swap);

    expect(await listed()).toEqual(['p:n1:0', 'remote:n1:0']);
  });
});
