import { existsSync, statfsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import type { TestProject } from 'vitest/node';
import { leftOverDirectories } from './left-over-directories.ts';
import { startServer } from './start-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What this run of the tests shares: the servers on which databases are created, one for each worker, and where files may go. */
    testRun: { serverUrls: readonly string[]; directory: string; databasePrefix: string };
  }
}

// Nothing crashes this server: who needs durability starts a server of his own, which flushes to the disk.
const fast = ['--fsync=off', '--full_page_writes=off', '--max_wal_size=256MB'];

const directoryPrefix = 'filefield-test-';
const memory = '/dev/shm';

/**
 * Starts a PostgreSQL for each worker of the run (or takes `DATABASE_URL`) and removes everything the run made.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const directory = await openDirectory(tmpdir());
  const clusters = await openDirectory(hasRoomInMemory() ? memory : tmpdir());
  // Whoever starts later need not compile what others did: workers, and programs that tests start.
  process.env['NODE_COMPILE_CACHE'] ??= join(directory, 'compile-cache');

  const databasePrefix = `filefield_test_${process.pid}_`;
  const external = process.env['DATABASE_URL'];
  // A transaction that one test file holds open would keep the worker of another from judging: it looks at the
  // whole server.
  const workers = project.vitest.config.maxWorkers;
  const servers = await Promise.all(
    Array.from({ length: external ? 0 : workers }, async (_, index) =>
      startServer(join(clusters, `shared-${index}`), { flags: fast }),
    ),
  );
  const serverUrls = external ? [external] : servers.map(({ url }) => url);
  project.provide('testRun', { serverUrls, directory, databasePrefix });

  return async () => {
    await Promise.all(servers.map(async (server) => server.stop()));
    if (external) await dropDatabases(external, databasePrefix);
    for (const each of [directory, clusters]) {
      await rm(each, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

async function openDirectory(parent: string): Promise<string> {
  const directory = await mkdtemp(join(parent, `${directoryPrefix}${process.pid}-`));
  // The server runs as another user when the tests run as root: it must be able to enter.
  await chmod(directory, 0o755);
  return directory;
}

/** Whether the system has files in memory, and room for the clusters. */
function hasRoomInMemory(): boolean {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 4 * 1024 ** 3;
}

/**
 * Removes the directories of runs that were killed. A server that still runs in one of them notices
 * within a minute that its directory is gone and ends itself.
 */
async function removeLeftovers(): Promise<void> {
  const parents = existsSync(memory) ? [tmpdir(), memory] : [tmpdir()];
  const dead = await Promise.all(
    parents.map((parent) => leftOverDirectories(directoryPrefix, parent)),
  );
  await Promise.all(dead.flat().map((path) => rm(path, { recursive: true, force: true })));
}

async function dropDatabases(serverUrl: string, prefix: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const found = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [prefix],
    );
    for (const { datname } of found.rows) {
      await client.query(`drop database if exists ${escapeIdentifier(datname)} with (force)`);
    }
  } finally {
    await client.end();
  }
}
