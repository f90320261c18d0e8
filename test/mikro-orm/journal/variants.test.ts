import { beforeEach, describe, expect, it } from 'vitest';
import { fileTriggers } from '../../../packages/mikro-orm/src/journal/file-triggers.ts';
import { file, fileTables } from './file-tables.ts';

const create = `create table t (id int primary key, x int, a jsonb, k jsonb, o jsonb, r jsonb, plain jsonb);
  create table child (parent int references t on delete cascade, a jsonb)`;
const columns = [
  { column: 'a', variants: 'made' },
  { column: 'k', variants: 'listed', keepOnDelete: true, keepOnReplace: true },
  { column: 'o', path: '$."pic"', variants: 'listed' },
  { column: 'r', path: '$[*]."pic"', variants: 'made' },
  { column: 'plain' },
] as const;

const t = await fileTables(create, [
  { name: 't', columns },
  { name: 'child', columns: [{ column: 'a', variants: 'listed' }] },
]);
beforeEach(async () => {
  await t.run('truncate t cascade; truncate file_journal, file_variant_work');
});

/** A value that lists variants, each an object of this name. */
function image(name: string, ...files: string[]): string {
  return file(name, { variants: listing(...files) });
}

function listing(...files: string[]): object {
  return Object.fromEntries(files.map((name) => [name, { name, size: 5, type: 'image/webp' }]));
}

/** What the journal lists, in the order of UTF-8 bytes. */
async function inJournal(): Promise<string[]> {
  return (await t.listed()).toSorted();
}

/** The originals that are written down to have variants made. */
async function asked(): Promise<string[]> {
  const rows = await t.run(
    `select schema_name || '.' || table_name || '.' || column_name || ' ' || storage || ':' || name as entry from file_variant_work order by id`,
  );
  return rows.map((row) => String(row['entry']));
}

const announced = `insert into file_journal (storage, name, reason, due_at) select 'p', n, 'upload', now() + '1 hour' from unnest(array['n1.v/s', 'n1.v/m', 'n2.v/s']) n`;
const waiting = ['p:n1.v/m:0', 'p:n1.v/s:0', 'p:n2.v/s:0'];

describe('a listed variant', () => {
  it.each([
    {
      statement: 'an INSERT that lists it',
      given: announced,
      run: `insert into t (id, a) values (1, ${image('n1', 's', 'm')})`,
      listed: ['p:n2.v/s:0'],
    },
    {
      statement: 'an UPDATE that lists it',
      given: `${announced}; insert into t (id, a) values (1, ${file('n1')})`,
      run: `update t set a = jsonb_set(a, '{variants}', '{"s":{"name":"s"}}')`,
      listed: ['p:n1.v/m:0', 'p:n2.v/s:0'],
    },
    {
      statement: 'an UPDATE in a document',
      given: `${announced}; insert into t (id, r) values (1, '[{"pic":null},{"pic":{"storage":"p","name":"n1"}}]')`,
      run: `update t set r = jsonb_set(r, '{1,pic,variants}', '{"s":{"name":"s"}}')`,
      listed: ['p:n1.v/m:0', 'p:n2.v/s:0'],
    },
    {
      statement: 'an UPDATE that is rolled back to a savepoint',
      given: `${announced}; insert into t (id, a) values (1, ${file('n1')})`,
      run: `begin; savepoint x; update t set a = ${image('n1', 's')}; rollback to x; commit`,
      listed: waiting,
    },
    {
      statement: 'a value that does not own it',
      given: announced,
      run: `insert into t (id, a) values (1, ${file('n1', { owned: false, variants: listing('s') })})`,
      listed: waiting,
    },
    {
      statement: 'a column that lists none',
      given: announced,
      run: `insert into t (id, plain) values (1, ${image('n1', 's')})`,
      listed: waiting,
    },
    {
      statement: 'an UPDATE of metadata',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `update t set a = a || '{"width":5}'`,
      listed: [],
    },
    {
      statement: 'a swap of two rows',
      given: `insert into t (id, a) values (1, ${image('n1', 's')}), (2, ${image('n2', 's')})`,
      run: `update t set a = case id when 1 then ${image('n2', 's')} else ${image('n1', 's')} end`,
      listed: [],
    },
    {
      statement: 'a definition that is gone',
      given: `insert into t (id, a) values (1, ${image('n1', 's', 'm')})`,
      run: `update t set a = a #- '{variants,s}'`,
      listed: ['p:n1.v/s:0'],
    },
    {
      statement: 'a replaced original',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `update t set a = ${file('n2')}`,
      listed: ['p:n1.v/s:0', 'p:n1:0'],
    },
    {
      statement: 'a change of the storage',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `update t set a = jsonb_set(a, '{storage}', '"q"')`,
      listed: ['p:n1.v/s:0', 'p:n1:0'],
    },
    {
      statement: 'a move to a column that lists none',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: 'update t set plain = a, a = null',
      listed: ['p:n1.v/s:0'],
    },
    {
      statement: 'an original that is not owned any more',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `update t set a = a || '{"owned":false}'`,
      listed: ['p:n1.v/s:0', 'p:n1:0'],
    },
    {
      statement: 'an upsert that replaces',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `insert into t (id, a) values (1, ${image('n2', 's')}) on conflict (id) do update set a = excluded.a`,
      listed: ['p:n1.v/s:0', 'p:n1:0'],
    },
    {
      statement: 'a MERGE that deletes',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: 'merge into t using (values (1)) s (id) on t.id = s.id when matched then delete',
      listed: ['p:n1.v/s:0', 'p:n1:0'],
    },
    {
      statement: 'a DELETE',
      given: `insert into t (id, a, r) values (1, ${image('n1', 's')}, jsonb_build_array(jsonb_build_object('pic', ${image('r1', 'm')})))`,
      run: 'delete from t',
      listed: ['p:n1.v/s:0', 'p:n1:0', 'p:r1.v/m:0', 'p:r1:0'],
    },
    {
      statement: 'a TRUNCATE',
      given: `insert into t (id, a, o) values (1, ${image('n1', 's')}, jsonb_build_object('pic', ${image('o1', 'm')}))`,
      run: 'truncate t cascade',
      listed: ['p:n1.v/s:0', 'p:n1:0', 'p:o1.v/m:0', 'p:o1:0'],
    },
    {
      statement: 'a cascade from another table',
      given: `insert into t (id) values (1); insert into child values (1, ${image('c1', 's')})`,
      run: 'delete from t',
      listed: ['p:c1.v/s:0', 'p:c1:0'],
    },
  ])('is settled by $statement', async ({ given, run, listed }) => {
    await t.run(given);

    await t.run(run);

    expect(await inJournal()).toEqual(listed);
  });

  it('is released with its size and its own name', async () => {
    await t.run(`insert into t (id, a) values (1, ${image('n1', 's')})`);

    await t.run(`update t set a = a - 'variants'`);

    expect(await t.run('select reason, value from file_journal')).toEqual([
      { reason: 'released', value: { storage: 'p', name: 'n1.v/s', size: 5 } },
    ]);
  });

  it.each([
    { statement: 'DELETE', sql: 'delete from t' },
    { statement: 'TRUNCATE', sql: 'truncate t cascade' },
    { statement: 'UPDATE', sql: 'update t set k = null' },
  ])('is never held, even where its original is: $statement', async ({ sql }) => {
    await t.run(`insert into t (id, k) values (1, ${image('n1', 's')})`);

    await t.run(sql);

    expect(await t.run('select name, reason from file_journal order by name')).toEqual([
      { name: 'n1', reason: 'kept' },
      { name: 'n1.v/s', reason: 'released' },
    ]);
  });

  it('fails the statement that lists it while it is being deleted', async () => {
    await t.run(`insert into t (id, a) values (1, ${file('n1')});
      insert into file_journal (storage, name, state) values ('p', 'n1.v/s', 1)`);

    const writing = t.run(`update t set a = ${image('n1', 's')}`);

    await expect(writing).rejects.toMatchObject({ constraint: 'file_journal_reclaimed' });
  });

  it('is claimed above READ COMMITTED too', async () => {
    await t.run(`${announced}; insert into t (id, a) values (1, ${file('n1')})`);

    await t.run(`begin isolation level repeatable read; update t set a = ${image('n1', 's', 's')};
      commit`);

    expect(await inJournal()).toEqual(['p:n1.v/m:0', 'p:n2.v/s:0']);
  });
});

describe('what lists no variants, whatever it says', () => {
  it.each([
    ['a string', '"s"'],
    ['a number', '1'],
    ['null', 'null'],
    ['an array', '[{"name":"s"},"s"]'],
    ['an entry that is a string', '{"s":"s"}'],
    ['an entry that is null', '{"s":null}'],
    ['an entry without a name', '{"s":{"size":5}}'],
    ['an entry with an empty name', '{"s":{"name":""}}'],
    ['an entry in an array', '{"s":[{"name":"s"}]}'],
    ['a name longer than any', JSON.stringify({ s: { name: 'x'.repeat(1024) } })],
  ])('is written, changed and deleted: %s', async (_, variants) => {
    const value = file('n1', { variants: JSON.parse(variants) });
    await t.run(announced);

    await t.run(`insert into t (id, a, r) values (1, ${value}, jsonb_build_array(jsonb_build_object('pic', ${file('r1', { variants: JSON.parse(variants) })})));
      update t set a = null; delete from t`);

    expect(await inJournal()).toEqual([
      'p:n1.v/m:0',
      'p:n1.v/s:0',
      'p:n1:0',
      'p:n2.v/s:0',
      'p:r1:0',
    ]);
  });

  it.each([['"text"'], ['[1]'], ['null'], ['{"variants":{"s":{"name":"s"}}}']])(
    'is no file at all: %s',
    async (value) => {
      await t.run(`insert into t (id, a, o, r) values (1, '${value}', '{"pic":${value}}', '[{"pic":${value}}]');
        update t set a = '{}'; truncate t cascade`);

      expect([...(await inJournal()), ...(await asked())]).toEqual([]);
    },
  );
});

describe('the work of making variants', () => {
  const pics = `jsonb_build_array(jsonb_build_object('pic', ${file('r1')}), jsonb_build_object('pic', ${image('r2')}))`;

  it.each([
    {
      statement: 'an INSERT of several originals',
      given: '',
      run: `insert into t (id, a) values (1, ${file('n1')}), (2, ${image('n2')}), (3, null), (4, ${file('n1')})`,
      work: ['public.t.a p:n1', 'public.t.a p:n1'],
    },
    {
      statement: 'an INSERT of a document',
      given: '',
      run: `insert into t (id, r) values (1, ${pics})`,
      work: ['public.t.r p:r1'],
    },
    {
      statement: 'a new original',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `update t set a = ${file('n2')}`,
      work: ['public.t.a p:n2'],
    },
    {
      statement: 'a whole value that is written over the list',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `update t set a = ${file('n1')}`,
      work: ['public.t.a p:n1'],
    },
    {
      statement: 'an original that is owned from now on',
      given: `insert into t (id, a) values (1, ${file('n1', { owned: false })})`,
      run: `update t set a = a - 'owned'`,
      work: ['public.t.a p:n1'],
    },
    {
      statement: 'a list that is no list',
      given: `insert into t (id, a) values (1, ${image('n1', 's')})`,
      run: `update t set a = jsonb_set(a, '{variants}', 'null')`,
      work: ['public.t.a p:n1'],
    },
    {
      statement: 'an UPDATE of metadata',
      given: `insert into t (id, a) values (1, ${file('n1')}); delete from file_variant_work`,
      run: `update t set x = 1, a = a || '{"width":5}'`,
      work: [],
    },
    {
      statement: 'what lists variants, or owns no file',
      given: '',
      run: `insert into t (id, a) values (1, ${image('n1', 's')}), (2, ${image('n2')}), (3, ${file('n3', { owned: false })})`,
      work: [],
    },
    {
      statement: 'a column whose variants are not made in the background',
      given: '',
      run: `insert into t (id, k) values (1, ${file('n1')})`,
      work: [],
    },
    {
      statement: 'an INSERT that is rolled back',
      given: '',
      run: `begin; insert into t (id, a) values (1, ${file('n1')}); rollback`,
      work: [],
    },
  ])('is written down by $statement', async ({ given, run, work }) => {
    await t.run(given);

    await t.run(run);

    expect(await asked()).toEqual(work);
  });

  it('is written down for a writer who may not write it', async () => {
    const role = await t.createRole();
    await t.run(`grant insert on t to ${role}`);

    const writer = await t.connect(role);
    await writer.query(`insert into t (id, a) values (1, ${file('n1')})`);

    expect(await asked()).toEqual(['public.t.a p:n1']);
  });
});

describe('the triggers of a table that lists no variants', () => {
  it('are those that it had before there were any', () => {
    const plain = [
      { column: 'a' },
      { column: 'b', keepOnDelete: true },
      { column: 'c', keepOnReplace: true },
      { column: 'v', storage: 'legacy', default: 'default.png' },
    ] as const;

    const triggers = fileTriggers({ name: 't' }, plain, { grace: '24 hours' });

    expect(triggers.map(({ name }) => name)).toEqual([
      'filefield_ins_0c5e3b517887',
      'filefield_upd_dc32686e270e',
      'filefield_del_d5b2f116a3fe',
    ]);
  });
});
