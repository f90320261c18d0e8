import { Client } from 'pg';

/**
 * Makes a database as empty as a new one, in a fraction of the time that it takes to make a new one; `false` where
 * somebody is still connected, or where something stays.
 */
export async function emptyDatabase(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    if (await finds(client, others)) return false;
    await client.query(emptying);
    return !(await finds(client, leftovers));
  } finally {
    await client.end();
  }
}

const others = `select from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;

const emptying = `set client_min_messages = warning;
do $$
declare schema text;
begin
  for schema in select nspname from pg_namespace where nspname !~ '^(pg_|information_schema$)' loop
    execute format('drop schema %I cascade', schema);
  end loop;
  create schema public authorization pg_database_owner;
  grant usage on schema public to public;
end $$`;

/** What is in no schema, and what could not be dropped; PostgreSQL's own have lower numbers. */
const leftovers = [
  ...['class', 'proc', 'type', 'cast', 'language', 'am', 'extension', 'event_trigger'],
  ...['publication', 'foreign_data_wrapper', 'default_acl', 'largeobject_metadata'],
]
  .map((catalog) => `select from pg_${catalog} where oid >= 16384`)
  .concat(
    'select from pg_db_role_setting join pg_database d on setdatabase = d.oid where datname = current_database()',
    'select from pg_database where datname = current_database() and datacl is not null',
  )
  .join(' union all ');

async function finds(client: Client, rows: string): Promise<boolean> {
  const result = await client.query<{ found: boolean }>(`select exists(${rows}) as found`);
  return result.rows[0]?.found === true;
}
