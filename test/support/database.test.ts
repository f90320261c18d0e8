import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { createDatabase, startPostgres } from './database.ts';

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
