import { randomBytes } from 'node:crypto';
import { MikroORM, type EntitySchema } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import type { Database } from '../../../packages/mikro-orm/src/journal/database.ts';
import { fileJournal } from '../../../packages/mikro-orm/src/journal/file-journal.ts';
import {
  fileTriggers,
  type FileColumn,
  type FileTable,
} from '../../../packages/mikro-orm/src/journal/file-triggers.ts';
import { fileVariantWork } from '../../../packages/mikro-orm/src/journal/file-variant-work.ts';
import { afterwards } from '../../support/afterwards.ts';
import { createDatabase } from '../../support/database.ts';

/** A database with a journal and the test's own tables. */
export interface FileTables {
  readonly url: string;
  /** Runs one or more statements as the superuser who owns everything, and gives the rows of the last. */
  readonly run: (sql: string) => Promise<Record<string, unknown>[]>;
  /** What the journal lists: `storage:name:state`, sorted. */
  readonly listed: () => Promise<string[]>;
  /** One more connection, closed after the test, or the file's where it is opened at the top. */
  readonly connect: (user?: string) => Promise<Client>;
  /** A new role that may connect and has no rights, removed after the test. */
  readonly createRole: () => Promise<string>;
}

export interface FileTablesOptions {
  /** The journal's schema. Default `public`. */
  readonly journalSchema?: string;
  /** Default `24 hours`. */
  readonly grace?: string;
  /** Who owns journal, tables and functions: the superuser by default, or a role that is none. */
  readonly owner?: 'superuser' | 'role';
}

/** Creates a database, the tables of `ddl`, the journal, and the triggers of each table. */
export async function fileTables(
  ddl: string,
  tables: readonly (FileTable & { columns: readonly FileColumn[] })[],
  { journalSchema = 'public', grace = '24 hours', owner = 'superuser' }: FileTablesOptions = {},
): Promise<FileTables> {
  const { url, name } = await createDatabase();
  const client = await connectTo(url);
  const run = (sql: string): Promise<Record<string, unknown>[]> => runOn(client, sql);
  const createRole = async (): Promise<string> => {
    const role = `filefield_test_${randomBytes(6).toString('hex')}`;
    await run(`create role ${role} login password 'x'`);
    afterwards(() => dropRole(client, role));
    return role;
  };
  if (owner === 'role') {
    const role = await createRole();
    await run(
      `grant create on schema public to ${role}; grant create on database ${name} to ${role}; set role ${role}`,
    );
  }
  const columns = tables.flatMap((table) => table.columns);
  const makesVariants = columns.some(({ variants }) => variants === 'made');
  await run(await journalDdl(journalSchema, makesVariants ? [fileVariantWork(journalSchema)] : []));
  await run(ddl);
  for (const { columns, ...table } of tables) {
    await run(triggersDdl(table, columns, { journalSchema, grace }));
  }
  await run('reset role');
  return {
    url,
    run,
    async listed() {
      const rows = await run(
        `select storage || ':' || name || ':' || state as entry from "${journalSchema}".file_journal order by 1`,
      );
      return rows.map((row) => String(row['entry']));
    },
    connect: (user) => connectTo(url, user),
    createRole,
  };
}

async function dropRole(client: Client, role: string): Promise<void> {
  await client.query(`drop owned by ${role} cascade; drop role ${role}`);
}

/** The DDL that `orm.schema.create()` runs for the journal, and what is declared beside it, alone. */
export async function journalDdl(
  schema?: string,
  beside: readonly EntitySchema[] = [],
): Promise<string> {
  const orm = new MikroORM({ dbName: 'unused', entities: [fileJournal(schema), ...beside] });
  return orm.schema.getCreateSchemaSQL();
}

/** The DDL of the triggers of one table. */
export function triggersDdl(
  table: FileTable,
  columns: readonly FileColumn[],
  options: { journalSchema?: string; grace: string },
): string {
  return fileTriggers(table, columns, options)
    .map(({ expression }) => expression)
    .join(';\n');
}

/** A value of a file column, quoted for SQL. */
export function file(name: string, more: Record<string, unknown> = {}): string {
  return `'${JSON.stringify({ storage: 'p', name, size: 1, ...more })}'::jsonb`;
}

/** Connects, as the superuser or as a role whose password is `x`; closed after the test. */
export async function connectTo(url: string, user?: string): Promise<Client> {
  const address = new URL(url);
  if (user !== undefined) {
    address.username = user;
    address.password = 'x';
  }
  const client = new Client({ connectionString: address.href });
  await client.connect();
  afterwards(() => client.end());
  return client;
}

/** Runs one or more statements and gives the rows of the last. */
export async function runOn(client: Client, sql: string): Promise<Record<string, unknown>[]> {
  const results: unknown = await client.query(sql);
  const last: unknown = Array.isArray(results) ? results.at(-1) : results;
  return (last as { rows: Record<string, unknown>[] }).rows;
}

/** The library's view of a `pg` connection. */
export function databaseOn(client: Client): Database {
  const database: Database = {
    async all<Row extends object>(sql: string, params: readonly unknown[] = []) {
      let index = 0;
      const numbered = sql.replaceAll('?', () => `$${++index}`);
      return (await client.query<Row>(numbered, [...params])).rows;
    },
    async transaction(work) {
      await client.query('begin isolation level read committed');
      try {
        const result = await work(database);
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    },
  };
  return database;
}
