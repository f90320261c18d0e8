import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { afterAll, inject, TestRunner } from 'vitest';
import { afterwards } from './afterwards.ts';
import { emptyDatabase } from './empty-database.ts';
import { startServer } from './start-server.ts';
import type { PostgresServer, StartServerOptions } from './start-server.ts';

/** An empty database of its own. */
export interface TestDatabase {
  readonly name: string;
  /** Connects as superuser. */
  readonly url: string;
  /** The same address in pieces, as MikroORM and `pg` take them. */
  readonly connection: {
    host: string;
    port: number;
    user: string;
    password: string;
    dbName: string;
  };
}

export interface CreateDatabaseOptions {
  /** Where to create it; the server of the run by default. */
  server?: PostgresServer;
}

/** Databases that tests of this file have finished with. */
const spare: TestDatabase[] = [];
afterAll(async () => {
  for (const { name } of spare.splice(0)) await drop(name);
});

/**
 * Creates an empty database; called at the top of a file it is dropped after the file's tests, called
 * inside a test it is that test's until its end.
 */
export async function createDatabase(options: CreateDatabaseOptions = {}): Promise<TestDatabase> {
  // A server of one's own may be gone by then, and its directory is removed with the run.
  if (options.server) return newDatabase(options.server.url);
  const database = spare.pop() ?? (await newDatabase(ownServer()));
  const isOfTest = TestRunner.getCurrentTest() !== undefined;
  afterwards(async () => {
    if (isOfTest && (await emptyDatabase(database.url))) spare.push(database);
    else await drop(database.name);
  });
  return database;
}

async function newDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = inject('testRun').databasePrefix + randomBytes(6).toString('hex');
  // Twice as fast as the other strategy, which writes every page to the log.
  await execute(
    serverUrl,
    `create database ${escapeIdentifier(name)} template template0 strategy file_copy`,
  );
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    connection: {
      host: url.hostname,
      port: Number(url.port || 5432),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      dbName: name,
    },
  };
}

async function drop(name: string): Promise<void> {
  await execute(ownServer(), `drop database if exists ${escapeIdentifier(name)} with (force)`);
}

/** The server of this worker. */
function ownServer(): string {
  const { serverUrls } = inject('testRun');
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 1);
  const url = serverUrls[(worker - 1) % serverUrls.length];
  if (url === undefined) throw new Error('The run of the tests has no PostgreSQL');
  return url;
}

/**
 * Starts a PostgreSQL for this file or test alone, for tests that stop it or need other settings
 * (0.6 s); it is stopped afterwards.
 */
export async function startPostgres(options: StartServerOptions = {}): Promise<PostgresServer> {
  const directory = join(inject('testRun').directory, `server-${randomBytes(6).toString('hex')}`);
  const server = await startServer(directory, options);
  afterwards(() => server.stop('immediate'));
  return server;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
