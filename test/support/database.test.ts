import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { createDatabase, startPostgres } from './database.ts';
import { emptyDatabase } from './empty-database.ts';

const database = await createDatabase();

describe('a test database', () => {
  it('is empty', async () => {
    const rows = await query(
      database.url,
      `select relname from pg_class where relnamespace = 'public'::regnamespace`,
    );

    expect(rows).toEqual([]);
  });

  it('is another one for each call', async () => {
    const other = await createDatabase();

    expect(other.name).not.toBe(database.name);
    expect(await query(other.url, 'select current_database() as name')).toEqual([
      { name: other.name },
    ]);
  });
});

describe('a database that a test has finished with', () => {
  it('is empty for the next one', async () => {
    const { url } = await createDatabase();
    await query(url, 'create schema app; create type app.mood as enum (); create table t (id int)');
    await query(url, 'drop schema public cascade; create table app.u (mood app.mood)');

    expect(await emptyDatabase(url)).toBe(true);

    const mine = `oid >= 16384 and nspname !~ '^pg_'`;
    expect(await query(url, `select nspname from pg_namespace where ${mine}`)).toEqual([
      { nspname: 'public' },
    ]);
    expect(await query(url, 'select relname from pg_class where oid >= 16384')).toEqual([]);
  });

  it.each([
    ['a setting', (name: string) => `alter database ${name} set work_mem = '5MB'`],
    ['a right', (name: string) => `grant create on database ${name} to public`],
    ['a large object', () => 'select lo_create(0)'],
    ['a publication', () => 'create publication p'],
  ])('is not given on where %s stays', async (_, statement) => {
    const { url, name } = await createDatabase();

    await query(url, statement(name));

    expect(await emptyDatabase(url)).toBe(false);
  });

  it('is not given on where somebody is connected', async () => {
    const { url } = await createDatabase();
    const client = new Client({ connectionString: url });
    await client.connect();

    expect(await emptyDatabase(url)).toBe(false);

    await client.end();
  });
});

describe('a PostgreSQL of a test’s own', () => {
  it('keeps what was committed when it stops as in a crash', async () => {
    const server = await startPostgres({ flags: ['--work_mem=5MB'] });
    await query(server.url, 'create table kept as select 1 as id');

    await server.restart('immediate');

    expect(await query(server.url, 'select id from kept')).toEqual([{ id: 1 }]);
    expect(await query(server.url, 'show work_mem')).toEqual([{ work_mem: '5MB' }]);
  });
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
