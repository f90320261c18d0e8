import { describe, expect, it } from 'vitest';
import { file, fileTables } from './file-tables.ts';

const columns = [{ column: 'a' }];

describe('tables whose names have 63 bytes and differ in the last one', () => {
  const first = `${'t'.repeat(62)}1`;
  const second = `${'t'.repeat(62)}2`;

  it('share functions and have triggers of their own', async () => {
    const t = await fileTables(
      `create table ${first} (a jsonb, b jsonb); create table ${second} (a jsonb, b jsonb)`,
      [
        { name: first, columns: [{ column: 'a' }] },
        { name: second, columns: [{ column: 'b' }] },
      ],
    );
    await t.run(`insert into ${first} values (${file('a1')}, ${file('b1')})`);
    await t.run(`insert into ${second} values (${file('a2')}, ${file('b2')})`);

    await t.run(`truncate ${first}; delete from ${second}`);

    expect(await t.listed()).toEqual(['p:a1:0', 'p:b2:0']);
  });
});

describe('a table in another schema', () => {
  const ddl = 'create schema app; create table app.t (a jsonb); create table public.t (a jsonb)';

  it('journals where the journal is', async () => {
    const t = await fileTables(ddl, [
      { schema: 'app', name: 't', columns },
      { schema: 'public', name: 't', columns },
    ]);
    await t.run(
      `insert into app.t values (${file('n1')}); insert into public.t values (${file('n2')})`,
    );

    await t.run('truncate app.t; update public.t set a = null');

    expect(await t.listed()).toEqual(['p:n1:0', 'p:n2:0']);
  });

  it('names itself in the error of a reclaimed file', async () => {
    const t = await fileTables(ddl, [{ schema: 'app', name: 't', columns }]);
    await t.run(`insert into file_journal (storage, name, state) values ('p', 'n1', 2)`);

    await expect(t.run(`insert into app.t values (${file('n1')})`)).rejects.toMatchObject({
      schema: 'app',
      table: 't',
    });
  });

  it('can be told of a journal in a third one', async () => {
    const t = await fileTables(ddl, [{ schema: 'app', name: 't', columns }], {
      journalSchema: 'files',
    });
    await t.run(`insert into app.t values (${file('n1')})`);

    await t.run('delete from app.t');

    expect(await t.listed()).toEqual(['p:n1:0']);
    expect(await t.run(`select to_regclass('public.file_journal') as "public"`)).toEqual([
      { public: null },
    ]);
  });
});

describe('names that need quotes', () => {
  it.each([
    { what: 'a table', table: 'My "odd".table', column: 'a', path: undefined },
    { what: 'a column', table: 't', column: `it's "a" %s \\ column`, path: undefined },
    {
      what: 'a column that PL/pgSQL would take for its own',
      table: 't',
      column: 'old',
      path: undefined,
    },
    { what: 'a column like a variable', table: 't', column: 'new_s', path: undefined },
    { what: 'a path', table: 't', column: 'a', path: '$[*]."it\'s \\"odd\\" %I"' },
  ])('work in $what', async ({ table, column, path }) => {
    const quoted = `"${table.replaceAll('"', '""')}"`;
    const t = await fileTables(
      `create table ${quoted} (id int, "${column.replaceAll('"', '""')}" jsonb)`,
      [{ name: table, columns: [{ column, ...(path !== undefined && { path }) }] }],
    );
    const value = { storage: 'p', name: 'n1' };
    const row = path === undefined ? value : [{ [`it's "odd" %I`]: value }];
    const json = `'${JSON.stringify(row).replaceAll("'", "''")}'`;
    await t.run(`insert into ${quoted} values (1, ${json})`);

    await t.run(`update ${quoted} set id = 2; truncate ${quoted}`);

    expect(await t.listed()).toEqual(['p:n1:0']);
  });
});

describe('a partitioned table', () => {
  const partitioned = `create table t (id int, a jsonb) partition by list (id);
    create table t1 partition of t for values in (1); create table t2 partition of t for values in (2)`;

  it('journals what is written through it', async () => {
    const t = await fileTables(partitioned, [{ name: 't', columns }]);
    await t.run(`insert into t values (1, ${file('n1')}), (1, ${file('n2')}), (2, ${file('n3')})`);

    await t.run(`update t set a = ${file('n4')} where a ->> 'name' = 'n1'`);
    await t.run(`delete from t where a ->> 'name' = 'n2'`);
    await t.run('truncate t');

    expect(await t.listed()).toEqual(['p:n1:0', 'p:n2:0', 'p:n3:0', 'p:n4:0']);
  });

  it('journals nothing when a row moves to another partition', async () => {
    const t = await fileTables(partitioned, [{ name: 't', columns }]);
    await t.run(`insert into t values (1, ${file('n1')})`);

    await t.run('update t set id = 2');

    expect(await t.listed()).toEqual([]);
  });

  it('does not see what is written to a partition directly', async () => {
    const t = await fileTables(partitioned, [{ name: 't', columns }]);
    await t.run(`insert into t values (1, ${file('n1')})`);

    await t.run('delete from t1');

    expect(await t.listed()).toEqual([]);
  });
});

describe('a table that lost a file column by hand', () => {
  it('still journals the files of its other columns on TRUNCATE', async () => {
    const t = await fileTables('create table t (a jsonb, b jsonb)', [
      { name: 't', columns: [{ column: 'a' }, { column: 'b' }] },
    ]);
    await t.run(`insert into t values (${file('n1')}, ${file('n2')}); alter table t drop column a`);

    await t.run('truncate t');

    expect(await t.listed()).toEqual(['p:n2:0']);
  });

  it('is truncated where the column changed its type', async () => {
    const t = await fileTables('create table t (a jsonb)', [{ name: 't', columns }]);
    await t.run(`alter table t alter column a type text using a::text`);

    await t.run('truncate t');

    expect(await t.listed()).toEqual([]);
  });
});

describe('the library’s own plans', () => {
  it('stay fast when a session that wrote single rows writes many', async () => {
    const t = await fileTables('create table t (id serial, a jsonb)', [{ name: 't', columns }]);
    await t.run('vacuum analyze file_journal');
    await t.run(`do $$ begin for i in 1..20 loop
        insert into t (a) values (jsonb_build_object('storage', 'p', 'name', 's' || i));
        update t set a = jsonb_build_object('storage', 'p', 'name', 'u' || i) where id = i;
      end loop; end $$`);
    await t.run(`delete from file_journal; insert into file_journal (storage, name)
      select 'p', 'n' || i from generate_series(1, 20000) i;
      set work_mem = '64kB'; set statement_timeout = '20s'`);

    await t.run(`insert into t (a) select jsonb_build_object('storage', 'p', 'name', 'n' || i)
      from generate_series(1, 20000) i`);
    await t.run(`update t set a = jsonb_set(a, '{name}', to_jsonb('m' || id))`);

    expect(await t.run('select count(*)::int as rows from file_journal')).toEqual([
      { rows: 20020 },
    ]);
  });

  it('stay fast when a session that listed the variants of single rows lists those of many', async () => {
    const made = [{ column: 'a', variants: 'made' }] as const;
    const t = await fileTables('create table t (id serial, a jsonb)', [
      { name: 't', columns: made },
    ]);
    await t.run('vacuum analyze file_journal, file_variant_work');
    await t.run(`do $$ begin for i in 1..20 loop
        insert into t (a) values (jsonb_build_object('storage', 'p', 'name', 's' || i));
        update t set a = a || '{"variants":{"s":{"name":"s"},"m":{"name":"m"}}}' where id = i;
        update t set a = a - 'variants' where id = i;
      end loop; end $$`);
    await t.run(`insert into file_journal (storage, name)
      select 'p', 'n' || i || v from generate_series(1, 10000) i, unnest(array['', '.v/s', '.v/m']) v;
      set work_mem = '64kB'; set statement_timeout = '20s'`);

    await t.run(`insert into t (a) select jsonb_build_object('storage', 'p', 'name', 'n' || i)
      from generate_series(1, 10000) i`);
    await t.run(`update t set a = a || '{"variants":{"s":{"name":"s"},"m":{"name":"m"}}}'`);
    await t.run(`update t set a = a - 'variants'`);

    expect(
      await t.run(
        'select (select count(*)::int from file_journal) as rows, (select count(*)::int from file_variant_work) as work',
      ),
    ).toEqual([{ rows: 20040, work: 20060 }]);
  });
});
