import { defineStorages, MemoryStorage } from '@filefield/core';
import type { FileStorage } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { MikroORM } from '@mikro-orm/postgresql';
import { Pool } from 'pg';
import type { PoolClient } from 'pg';
import { onTestFinished } from 'vitest';
import { databaseOf } from '../../../packages/mikro-orm/src/journal/database.ts';
import type { Database } from '../../../packages/mikro-orm/src/journal/database.ts';
import { fileJournal } from '../../../packages/mikro-orm/src/journal/file-journal.ts';
import { fileTriggers } from '../../../packages/mikro-orm/src/journal/file-triggers.ts';
import type { FileColumn } from '../../../packages/mikro-orm/src/journal/file-triggers.ts';
import type { OwnTable } from '../../../packages/mikro-orm/src/worker/references.ts';
import { Worker } from '../../../packages/mikro-orm/src/worker/worker.ts';
import type { WorkerOptions } from '../../../packages/mikro-orm/src/worker/worker-options.ts';
import { afterwards } from '../../support/afterwards.ts';
import { createDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

const day = 24 * 60 * 60 * 1000;

/** A database with a journal and the table `t (id, a jsonb, r jsonb)` of files, and storages in memory. */
export interface World {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly pool: Pool;
  readonly storages: Record<string, FileStorage>;
  /** What the workers said. */
  readonly log: string[];
  /** The tables that the workers take for their own. */
  readonly ownTables: OwnTable[];
  worker(options?: Partial<WorkerOptions>): Worker;
  /** The database as a role without any right but those granted here. */
  databaseOfRole(role: string, grants: readonly string[]): Promise<Database>;
  sql<Row extends object = Record<string, unknown>>(
    sql: string,
    params?: unknown[],
  ): Promise<Row[]>;
  /** A connection of its own, with a transaction begun. */
  begin(isolation?: string): Promise<PoolClient>;
  /** Creates a table with file triggers. */
  table(
    name: string,
    columns: readonly FileColumn[],
    ddl: string,
    schema?: string,
  ): Promise<OwnTable>;
  /** Announces an object and stores it. */
  put(name: string, options?: { due?: string; alias?: string }): Promise<void>;
  /** Lists what is in the journal. */
  journal(): Promise<{ storage: string; name: string; state: number; reason: string }[]>;
  /** Makes everything due that is scheduled or leased. */
  makeDue(): Promise<void>;
  /** Names of the objects in a storage. */
  objects(alias?: string): Promise<string[]>;
}

/** A world of its own for one test, or, called at the top of a file, for the file's. */
export async function createWorld(
  aliases: Record<string, FileStorage> = { media: new MemoryStorage({ id: 'media' }) },
  server?: Parameters<typeof createDatabase>[0],
): Promise<World> {
  const test = await createDatabase(server);
  const orm = await MikroORM.init({
    ...test.connection,
    entities: [fileJournal()],
    pool: { max: 12 },
  });
  const pool = new Pool({ connectionString: test.url, max: 40 });
  pool.on('error', () => {});
  afterwards(async () => {
    await pool.end();
    await orm.close(true);
  });
  await orm.schema.create();
  const database = databaseOf(orm.em.getConnection('write'));
  const registry = defineStorages(
    Object.fromEntries(Object.entries(aliases).map(([alias, storage]) => [alias, () => storage])),
  );
  const log: string[] = [];
  const ownTables: OwnTable[] = [];

  const world: World = {
    test,
    database,
    pool,
    storages: aliases,
    log,
    ownTables,
    worker: (options = {}) =>
      new Worker({
        database,
        storages: registry,
        tombstone: day,
        uploadTimeout: day,
        ownTables: () => ownTables,
        log: (level, message) => log.push(`${level}: ${message}`),
        patience: 100,
        ...options,
      }),
    databaseOfRole: async (name, grants) => {
      // Roles belong to the server, not to the database.
      const role = `${name}_${test.name}`;
      await pool.query(`create role "${role}" login password 'x'`);
      for (const grant of grants) await pool.query(grant.replaceAll('ROLE', `"${role}"`));
      const other = await MikroORM.init({
        ...test.connection,
        user: role,
        password: 'x',
        entities: [fileJournal()],
      });
      onTestFinished(async () => {
        await other.close(true);
        await pool.query(`drop owned by "${role}"`);
        await pool.query(`drop role "${role}"`);
      });
      return databaseOf(other.em.getConnection('write'));
    },
    sql: async <Row extends object>(sql: string, params: unknown[] = []) =>
      (await pool.query<Row>(sql, params)).rows,
    begin: async (isolation = 'read committed') => {
      const client = await pool.connect();
      onTestFinished(() => client.release(true));
      await client.query(`begin isolation level ${isolation}`);
      return client;
    },
    table: async (name, columns, ddl, schema = 'public') => {
      await pool.query(ddl);
      const triggers = fileTriggers({ schema, name }, columns, { grace: '0 seconds' });
      for (const trigger of triggers) await pool.query(String(trigger.expression));
      return { schema, table: name, triggerNames: triggers.map((trigger) => trigger.name ?? '') };
    },
    put: async (name, { due = '1 hour', alias = 'media' } = {}) => {
      await pool.query(
        `insert into file_journal (storage, name, reason, due_at) values ($1, $2, 'upload', now() + $3::interval)`,
        [alias, name, due],
      );
      await aliases[alias]?.save(name, name, asLibrary({ ifExists: 'overwrite' }));
    },
    journal: async () =>
      await world.sql(
        `select storage, name, state, reason from file_journal where reason <> 'identity' order by name, storage, id`,
      ),
    makeDue: async () => {
      await pool.query(
        `update file_journal set due_at = now() where state < 2 and due_at < 'infinity'`,
      );
    },
    objects: async (alias = 'media') => {
      const names: string[] = [];
      for await (const file of aliases[alias]!.walk()) names.push(file.name);
      return names;
    },
  };
  ownTables.push(
    await world.table(
      't',
      [
        { column: 'a', variants: 'listed' },
        { column: 'r', path: '$[*]."pic"', variants: 'listed' },
      ],
      'create table t (id serial primary key, a jsonb, r jsonb)',
    ),
  );
  return world;
}

/** The value of a file column. */
export function file(name: string, alias = 'media', more: object = {}): string {
  return JSON.stringify({ storage: alias, name, size: 1, ...more });
}

/** What a promise rejects with: its SQLSTATE; `ok` when it does not. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'ok',
    (error: unknown) => String(error instanceof Error && 'code' in error ? error.code : error),
  );
}
