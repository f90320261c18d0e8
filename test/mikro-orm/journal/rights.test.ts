import { describe, expect, it } from 'vitest';
import { Journal } from '../../../packages/mikro-orm/src/journal/journal.ts';
import {
  journalGrants,
  workerGrants,
} from '../../../packages/mikro-orm/src/journal/journal-grants.ts';
import { databaseOn, file, fileTables, type FileTables } from './file-tables.ts';

const entry = { storage: 'p', location: 'memory://1/', name: 'n1', reason: 'direct' } as const;
const functions = `select format('%I.%I()', pronamespace::regnamespace, proname) as name from pg_proc where proname ~ '^filefield_ins_'`;

/** Tables of an ordinary owner, and a role that may write the table `t` and nothing else. */
async function tables(): Promise<FileTables & { writer: string }> {
  const t = await fileTables(
    'create table t (id serial primary key, a jsonb)',
    [{ name: 't', columns: [{ column: 'a' }] }],
    { owner: 'role' },
  );
  const writer = await t.createRole();
  await t.run(
    `grant select, insert, update, delete, truncate on t to ${writer}; grant usage on sequence t_id_seq to ${writer}`,
  );
  return { ...t, writer };
}

describe('a role that may only write its table', () => {
  it('journals with every statement', async () => {
    const t = await tables();
    const writer = await t.connect(t.writer);
    await t.run(`insert into file_journal (storage, name) values ('p', 'n1')`);

    await writer.query(`insert into t (a) values (${file('n1')})`);
    await writer.query(`update t set a = ${file('n2')}`);
    await writer.query('delete from t');
    await writer.query(`insert into t (a) values (${file('n3')})`);
    await writer.query('truncate t');

    expect(await t.listed()).toEqual(['p:n1:0', 'p:n2:0', 'p:n3:0']);
  });

  it.each([
    { what: 'read the journal', sql: 'select * from file_journal' },
    { what: 'write the journal', sql: 'delete from file_journal' },
    {
      what: 'schedule',
      sql: `select filefield_schedule('[]', '1 hour')`,
    },
    { what: 'renew', sql: `select filefield_renew('[]', '1 hour')` },
    { what: 'claim', sql: `select filefield_claim(1, 'p', 'n1')` },
    { what: 'hold', sql: `select filefield_hold('p', 'n1')` },
    { what: 'restore', sql: `select filefield_restore('p', 'n1', '1 hour')` },
    { what: 'ask about uploads', sql: `select filefield_uploads('[]')` },
    { what: 'ask what is listed', sql: `select filefield_listed('p', '[]')` },
    { what: 'ask what is listed of names', sql: `select filefield_entries('p', '[]')` },
  ])('cannot $what', async ({ sql }) => {
    const t = await tables();
    const writer = await t.connect(t.writer);

    await expect(writer.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('cannot use a trigger function on a table of its own', async () => {
    const t = await tables();
    await t.run(
      `create schema evil authorization ${t.writer}; grant usage on schema evil to public`,
    );
    const evil = await t.connect(t.writer);
    const [row] = await t.run(functions);
    await evil.query('create table evil.x (a jsonb)');

    const stealing = evil.query(
      `create trigger z after insert on evil.x referencing new table as file_new for each statement execute function ${String(row?.['name'])}`,
    );

    await expect(stealing).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a session that means harm', () => {
  const columns =
    'id serial, storage text, location text, name text, upload_id text, reason text, state smallint default 0, due_at timestamptz, value jsonb';

  it('cannot lead the triggers to another journal', async () => {
    const t = await tables();
    await t.run(
      `create schema evil authorization ${t.writer}; grant usage on schema evil to public`,
    );
    const evil = await t.connect(t.writer);
    await evil.query(
      `set search_path = evil, pg_temp, public, pg_catalog; create table evil.file_journal (${columns}); create temp table file_journal (${columns})`,
    );

    await evil.query(`insert into public.t (a) values (${file('n1')}); delete from public.t`);

    expect(await t.listed()).toEqual(['p:n1:0']);
    expect((await evil.query('select from evil.file_journal')).rowCount).toBe(0);
    expect((await evil.query('select from pg_temp.file_journal')).rowCount).toBe(0);
  });

  it('cannot slip functions, operators or transition tables of its own in', async () => {
    const t = await tables();
    await t.run(
      `create schema evil authorization ${t.writer}; grant usage on schema evil to public`,
    );
    const evil = await t.connect(t.writer);
    await evil.query(`set search_path = evil, pg_temp, public, pg_catalog;
      create function evil.unnest(text[], text[]) returns table (a text, b text) language sql as $$ select 'p', 'stolen' $$;
      create function evil.array_agg(text) returns text[] language sql as $$ select array['stolen'] $$;
      create function evil.arrow(jsonb, text) returns text language sql as $$ select 'stolen' $$;
      create operator evil.->> (leftarg = jsonb, rightarg = text, function = evil.arrow);
      create temp table file_new (a jsonb); create temp table file_old (a jsonb);
      insert into file_old values (${file('stolen')}); insert into file_new values (${file('stolen')})`);

    await evil.query(
      `insert into public.t (a) values (${file('n1')}); update public.t set a = ${file('n2')}; delete from public.t`,
    );

    expect(await t.listed()).toEqual(['p:n1:0', 'p:n2:0']);
  });

  it('leads the journal’s functions nowhere else either', async () => {
    const t = await tables();
    const evil = await t.connect(t.writer);
    await t.run(journalGrants({ role: t.writer }).join(';'));
    await evil.query(
      `create temp table file_journal (${columns}); set search_path = pg_temp, public`,
    );

    await new Journal(databaseOn(evil)).schedule([entry], 1000);

    expect(await t.listed()).toEqual(['p:n1:0']);
  });
});

describe('journalGrants', () => {
  it('let the application’s role do all that the library asks', async () => {
    const t = await tables();
    await t.run(journalGrants({ role: t.writer }).join(';'));
    const journal = new Journal(databaseOn(await t.connect(t.writer)));

    const tickets = await journal.schedule([entry], 1000);
    const renewed = await journal.renew(tickets, 60_000);
    const restored = await journal.restore(entry, 60_000);
    const ticket = { ...entry, id: tickets[0]?.id ?? '' };
    const claimed = await journal.claim(ticket);

    expect([renewed.size, restored, claimed]).toEqual([1, { storage: 'p', name: 'n1' }, true]);
    expect(await journal.uploads([ticket])).toEqual(new Map([[ticket.id, 'used']]));
    expect(await journal.hold(entry)).toBe(1);
    expect(await journal.listed('p', ['n1'])).toEqual(new Set(['n1']));
  });

  it('leave the journal itself closed', async () => {
    const t = await tables();
    await t.run(journalGrants({ role: t.writer }).join(';'));
    const application = await t.connect(t.writer);

    const writing = application.query('update file_journal set state = 2');

    await expect(writing).rejects.toMatchObject({ code: '42501' });
  });
});

describe('workerGrants', () => {
  it('let a role write the journal and read the tables', async () => {
    const t = await tables();
    const role = await t.createRole();
    await t.run(workerGrants({ role, tables: [{ name: 't' }] }).join(';'));
    const worker = await t.connect(role);

    await worker.query(`insert into file_journal (storage, name) values ('p', 'n1')`);
    await worker.query(`update file_journal set state = 1`);
    const { rowCount } = await worker.query(`select from file_journal for update skip locked`);
    await worker.query('delete from file_journal; select a from t');

    expect(rowCount).toBe(1);
    await expect(worker.query('delete from t')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('workerGrants of a table whose variants are made', () => {
  it('let a role take the work, announce what it makes, and list it in the rows', async () => {
    const t = await fileTables(
      'create table t (id serial primary key, a jsonb)',
      [{ name: 't', columns: [{ column: 'a', variants: 'made' }] }],
      { owner: 'role' },
    );
    const role = await t.createRole();
    await t.run(`insert into t (a) values (${file('n1')})`);
    await t.run(workerGrants({ role, tables: [{ name: 't', makesVariants: true }] }).join(';'));
    const worker = await t.connect(role);

    await new Journal(databaseOn(worker)).schedule([{ ...entry, name: 'n1.v/s' }], 1000);
    await worker.query(`update file_variant_work set due_at = now() + '1 minute', attempts = 1`);
    await worker.query(`update t set a = jsonb_set(a, '{variants}', '{"s":{"name":"s"}}')`);
    await worker.query('delete from file_variant_work where id = 1');

    expect(await t.listed()).toEqual([]);
  });
});

describe('row level security on a table with files', () => {
  const policy = `alter table t enable row level security; create policy tenant on t using (current_setting('app.tenant', true) = 'x')`;

  it('hides nothing from the triggers of a writer whose rows it filters', async () => {
    const t = await tables();
    await t.run(`insert into t (a) values (${file('n1')}); ${policy}`);
    const writer = await t.connect(t.writer);
    await writer.query(`set app.tenant = 'x'`);

    await writer.query(`update t set a = ${file('n2')}; set app.tenant = 'y'`);
    await writer.query('truncate t');

    expect(await t.listed()).toEqual(['p:n1:0', 'p:n2:0']);
  });

  it('fails a TRUNCATE whose rows are hidden from the owner, instead of losing files', async () => {
    const t = await tables();
    await t.run(
      `insert into t (a) values (${file('n1')}); ${policy}; alter table t force row level security`,
    );
    const writer = await t.connect(t.writer);

    await expect(writer.query('truncate t')).rejects.toMatchObject({ code: '42501' });
    expect(await t.listed()).toEqual([]);
  });
});
