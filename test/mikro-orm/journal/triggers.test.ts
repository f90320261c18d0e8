import { describe, expect, it } from 'vitest';
import { incompressible } from '../incompressible.ts';
import { file, fileTables, type FileTables } from './file-tables.ts';

const create = `create table t (id serial primary key, x int, a jsonb, b jsonb, o jsonb, r jsonb, v varchar(255));
  create table child (id serial primary key, parent int references t on delete cascade, a jsonb)`;
const columns = [
  { column: 'a' },
  { column: 'b' },
  { column: 'o', path: '$."pic"' },
  { column: 'r', path: '$[*]."pic"' },
  { column: 'v', storage: 'legacy', default: 'default.png' },
];

async function tables(): Promise<FileTables> {
  return fileTables(create, [
    { name: 't', columns },
    { name: 'child', columns: [{ column: 'a' }] },
  ]);
}

describe('the statement that writes a file', () => {
  it.each([
    {
      statement: 'an update of metadata',
      given: `insert into t (a) values (${file('n1')})`,
      run: `update t set a = jsonb_set(a, '{size}', '99') || '{"width":5}'`,
      listed: [],
    },
    {
      statement: 'an update of another column',
      given: `insert into t (a) values (${file('n1')})`,
      run: 'update t set x = 1',
      listed: [],
    },
    {
      statement: 'a move to another column',
      given: `insert into t (a) values (${file('n1')})`,
      run: 'update t set b = a, a = null',
      listed: [],
    },
    {
      statement: 'a move to another column that gets a new file',
      given: `insert into t (b) values (${file('n1')})`,
      run: `update t set a = b, b = ${file('n3')}`,
      listed: [],
    },
    {
      statement: 'a swap of two columns',
      given: `insert into t (a, b) values (${file('n1')}, ${file('n2')})`,
      run: 'update t set a = b, b = a',
      listed: [],
    },
    {
      statement: 'a swap of two rows',
      given: `insert into t (id, a) values (1, ${file('n1')}), (2, ${file('n2')})`,
      run: `update t set a = case id when 1 then ${file('n2')} else ${file('n1')} end`,
      listed: [],
    },
    {
      statement: 'a change of the storage alone',
      given: `insert into t (a) values (${file('n1')})`,
      run: `update t set a = jsonb_set(a, '{storage}', '"remote"')`,
      listed: ['p:n1:0'],
    },
    {
      statement: 'a change of the primary key',
      given: `insert into t (a) values (${file('n1')})`,
      run: 'update t set id = id + 100',
      listed: [],
    },
    {
      statement: 'clearing the column',
      given: `insert into t (a) values (${file('n1')})`,
      run: 'update t set a = null',
      listed: ['p:n1:0'],
    },
    {
      statement: 'one of two rows that let go of a shared file',
      given: `insert into t (id, a) values (1, ${file('n1')}), (2, ${file('n1')})`,
      run: 'update t set a = null where id = 1',
      listed: ['p:n1:0'],
    },
    {
      statement: 'a replaced element of an array of embeddables, its order changed',
      given: `insert into t (r) values ('[{"pic":{"storage":"p","name":"r1"}},{"pic":null},{"pic":{"storage":"p","name":"r2"}}]')`,
      run: `update t set r = '[{"pic":{"storage":"p","name":"r2"}},{"pic":{"storage":"p","name":"r3"}}]'`,
      listed: ['p:r1:0'],
    },
    {
      statement: 'a change around the file in an embeddable',
      given: `insert into t (o) values ('{"caption":"x","pic":{"storage":"p","name":"o1"}}')`,
      run: `update t set o = jsonb_set(o, '{caption}', '"y"')`,
      listed: [],
    },
    {
      statement: 'a cleared embeddable',
      given: `insert into t (o) values ('{"caption":"x","pic":{"storage":"p","name":"o1"}}')`,
      run: 'update t set o = null',
      listed: ['p:o1:0'],
    },
    {
      statement: 'a cleared column of names',
      given: `insert into t (v) values ('legacy.png')`,
      run: 'update t set v = null',
      listed: ['legacy:legacy.png:0'],
    },
    {
      statement: 'a replaced name that was empty',
      given: `insert into t (v) values ('')`,
      run: `update t set v = 'new.png'`,
      listed: [],
    },
    {
      statement: 'a replaced default name',
      given: `insert into t (v) values ('default.png')`,
      run: `update t set v = 'new.png'`,
      listed: [],
    },
    {
      statement: 'JSON that is no file',
      given: `insert into t (a) values ('null'), ('{"foo":1}'), ('"text"'), ('[1]')`,
      run: 'delete from t',
      listed: [],
    },
    {
      statement: 'an upsert that replaces',
      given: `insert into t (id, a) values (1, ${file('n1')})`,
      run: `insert into t (id, a) values (1, ${file('n2')}) on conflict (id) do update set a = excluded.a`,
      listed: ['p:n1:0'],
    },
    {
      statement: 'a MERGE that deletes',
      given: `insert into t (id, a) values (1, ${file('n1')})`,
      run: 'merge into t using (values (1)) s (id) on t.id = s.id when matched then delete',
      listed: ['p:n1:0'],
    },
    {
      statement: 'a DELETE',
      given: `insert into t (a, r) values (${file('n1')}, '[{"pic":{"storage":"p","name":"r1"}}]')`,
      run: 'delete from t',
      listed: ['p:n1:0', 'p:r1:0'],
    },
    {
      statement: 'a TRUNCATE',
      given: `insert into t (a, r, v) values (${file('n1')}, '[{"pic":{"storage":"p","name":"r1"}}]', 'legacy.png')`,
      run: 'truncate t cascade',
      listed: ['legacy:legacy.png:0', 'p:n1:0', 'p:r1:0'],
    },
    {
      statement: 'a cascade from another table',
      given: `insert into t (id) values (1); insert into child (parent, a) values (1, ${file('c1')})`,
      run: 'delete from t',
      listed: ['p:c1:0'],
    },
    {
      statement: 'a DELETE in a savepoint that is rolled back',
      given: `insert into t (a) values (${file('n1')})`,
      run: 'begin; savepoint x; delete from t; rollback to x; commit',
      listed: [],
    },
  ])('journals exactly what vanishes: $statement', async ({ given, run, listed }) => {
    const t = await tables();
    await t.run(given);

    await t.run(run);

    expect(await t.listed()).toEqual(listed);
  });

  it('takes storage and name off the journal, not the name alone', async () => {
    const t = await tables();
    await t.run(
      `insert into file_journal (storage, name) values ('p', 'n1'), ('q', 'n1'), ('p', 'n2')`,
    );

    await t.run(`insert into t (a) values (${file('n1')})`);

    expect(await t.listed()).toEqual(['p:n2:0', 'q:n1:0']);
  });

  it('takes a held object off the journal, and lists it again when it vanishes', async () => {
    const t = await tables();
    await t.run(
      `insert into file_journal (storage, name, reason, due_at) values ('p', 'n1', 'kept', 'infinity')`,
    );

    await t.run(`insert into t (a) values (${file('n1')})`);

    expect(await t.listed()).toEqual([]);
    await t.run('delete from t');
    expect(await t.listed()).toEqual(['p:n1:0']);
  });

  it('never touches the row that says which journal this is', async () => {
    const t = await tables();
    await t.run(
      `insert into file_journal (storage, name, reason, due_at) values ('', '.filefield/journal', 'identity', 'infinity')`,
    );

    await t.run(`insert into t (a) values (${file('.filefield/journal', { storage: '' })})`);

    expect(await t.listed()).toEqual([':.filefield/journal:0']);
  });
});

describe('what a journal row says of a vanished file', () => {
  it('is the whole value, the reason and when the grace is over', async () => {
    const t = await tables();
    await t.run(`insert into t (a, v) values (${file('n1', { type: 'image/png' })}, 'legacy.png')`);

    await t.run('update t set a = null, v = null');

    const rows = await t.run(
      `select storage, value, reason, due_at > now() + '23 hours' as "later" from file_journal order by 1`,
    );
    expect(rows).toMatchObject([
      { value: { storage: 'legacy', name: 'legacy.png' }, reason: 'released', later: true },
      { value: { storage: 'p', name: 'n1', size: 1, type: 'image/png' }, reason: 'released' },
    ]);
  });

  it.each([
    { statement: 'DELETE', sql: 'delete from t', reasons: ['kept', 'released'] },
    { statement: 'TRUNCATE', sql: 'truncate t', reasons: ['kept', 'released'] },
    { statement: 'UPDATE', sql: 'update t set a = null, b = null', reasons: ['released', 'kept'] },
  ])('is "held" where the field keeps its files on $statement', async ({ sql, reasons }) => {
    const t = await fileTables('create table t (a jsonb, b jsonb)', [
      {
        name: 't',
        columns: [
          { column: 'a', keepOnDelete: true },
          { column: 'b', keepOnReplace: true },
        ],
      },
    ]);
    await t.run(`insert into t values (${file('a')}, ${file('b')})`);

    await t.run(sql);

    const rows = await t.run('select reason, due_at from file_journal order by name');
    expect(rows.map((row) => row['reason'])).toEqual(reasons);
    expect(rows.filter((row) => row['due_at'] === Infinity)).toEqual([
      { reason: 'kept', due_at: Infinity },
    ]);
  });
});

describe('a file that its row does not own', () => {
  it('is neither taken off the journal nor put on it', async () => {
    const t = await tables();
    await t.run(`insert into file_journal (storage, name) values ('p', 'shared')`);

    await t.run(`insert into t (a) values (${file('shared', { owned: false })})`);
    await t.run('delete from t');

    expect(await t.listed()).toEqual(['p:shared:0']);
  });

  it('is put on the journal by the statement that gives up owning it', async () => {
    const t = await tables();
    await t.run(`insert into t (a) values (${file('n1')})`);

    await t.run(`update t set a = a || '{"owned":false}'`);

    expect(await t.listed()).toEqual(['p:n1:0']);
  });

  it('is taken off the journal by the statement that begins to own it', async () => {
    const t = await tables();
    await t.run(`insert into t (a) values (${file('n1', { owned: false })})`);
    await t.run(`insert into file_journal (storage, name) values ('p', 'n1')`);

    await t.run(`update t set a = a - 'owned'`);

    expect(await t.listed()).toEqual([]);
  });

  it('waits for a lease of its object and then fails', async () => {
    const t = await tables();
    const worker = await t.connect();
    const writer = await t.connect();
    await t.run(`insert into file_journal (storage, name) values ('p', 'n1')`);
    await worker.query('begin; update file_journal set state = 1');

    const writing = writer
      .query(`insert into t (a) values (${file('n1', { owned: false })})`)
      .catch((error: unknown) => error);
    await waitUntilBlocked(t);
    await worker.query('commit');

    expect(await writing).toMatchObject({ code: '23503' });
  });

  it('keeps its object from being leased while its transaction is open', async () => {
    const t = await tables();
    const writer = await t.connect();
    await t.run(`insert into file_journal (storage, name) values ('p', 'n1')`);
    await writer.query('begin');

    await writer.query(`insert into t (a) values (${file('n1', { owned: false })})`);

    const leasable = await t.run('select name from file_journal for update skip locked');
    expect(leasable).toEqual([]);
  });
});

describe('a name that is being deleted or gone', () => {
  it.each([
    { state: 'deleting', number: 1, value: file('gone') },
    { state: 'deleted', number: 2, value: file('gone') },
    { state: 'dead', number: 3, value: file('gone') },
    { state: 'deleted and not to be owned', number: 2, value: file('gone', { owned: false }) },
  ])('fails the statement that writes it: $state', async ({ number, value }) => {
    const t = await tables();
    await t.run(`insert into file_journal (storage, name, state) values ('p', 'gone', ${number})`);

    const writing = t.run(`insert into t (a) values (${value})`);

    await expect(writing).rejects.toMatchObject({
      message: 'a file that this statement references has been reclaimed',
      code: '23503',
      constraint: 'file_journal_reclaimed',
      schema: 'public',
      table: 't',
      detail: 'Object gone in storage p.',
    });
  });

  it('is free in another storage', async () => {
    const t = await tables();
    await t.run(`insert into file_journal (storage, name, state) values ('p', 'gone', 2)`);

    await t.run(`insert into t (a) values (${file('gone', { storage: 'other' })})`);

    expect(await t.listed()).toEqual(['p:gone:2']);
  });

  it('may stay in a row whose metadata change', async () => {
    const t = await tables();
    await t.run(`insert into t (a) values (${file('n1')})`);
    await t.run(`insert into file_journal (storage, name, state) values ('p', 'n1', 1)`);

    await t.run(`update t set a = jsonb_set(a, '{size}', '2')`);

    expect(await t.listed()).toEqual(['p:n1:1']);
  });
});

describe('what no object can be called', () => {
  it.each([
    { what: 'a name of 3 kB', value: file(incompressible(3000)) },
    { what: 'a name of 1,025 bytes', value: file('é'.repeat(512) + 'x') },
    { what: 'an alias of 3 kB', value: file('n1', { storage: incompressible(3000) }) },
  ])('is written and deleted like anything else, and never listed: $what', async ({ value }) => {
    const t = await tables();

    await t.run(
      `begin isolation level repeatable read; insert into t (a) values (${value}), (${value}); commit`,
    );
    await t.run(`update t set a = null where id = 1; update t set b = ${value} where id = 1`);
    await t.run('delete from t where id = 1; truncate t cascade');

    expect(await t.listed()).toEqual([]);
  });

  it('is one byte more than this', async () => {
    const t = await tables();
    const name = 'é'.repeat(512);
    await t.run(`insert into t (a) values (${file(name)})`);

    await t.run('delete from t');

    expect(await t.listed()).toEqual([`p:${name}:0`]);
  });
});

async function waitUntilBlocked(t: FileTables): Promise<void> {
  await expect
    .poll(() =>
      t.run(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      ),
    )
    .toHaveLength(1);
}
