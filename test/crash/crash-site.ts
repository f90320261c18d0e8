import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { openDocuments } from './documents.ts';
import type { Documents, Place } from './documents.ts';

/** Databases with the schema, lent to one test at a time. */
export interface CrashSites {
  /** An empty place, this test's own until it is disposed of. */
  take(): Promise<Place & AsyncDisposable>;
}

/** Called at the top of a file: as many tests as there are sites run at once. */
export async function crashSites(count: number): Promise<CrashSites> {
  const free: Place[] = [];
  const waiting: ((site: Place) => void)[] = [];
  for (let index = 0; index < count; index += 1) {
    const { connection } = await createDatabase();
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-crash-')));
    afterAll(async () => rm(directory, { recursive: true, force: true }));
    await using documents = await openDocuments({ connection, directory });
    await documents.orm.schema.create();
    free.push({ connection, directory });
  }
  const give = (site: Place): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(site);
    else next(site);
  };
  return {
    async take() {
      const site = free.pop() ?? (await new Promise<Place>((resolve) => waiting.push(resolve)));
      await clear(site);
      return { ...site, [Symbol.asyncDispose]: async () => give(site) };
    },
  };
}

/** A process that starts after the others have died. */
export async function restart(place: Place): Promise<Documents> {
  return openDocuments(place);
}

async function clear(site: Place): Promise<void> {
  for (const name of ['media', 'archive']) {
    await rm(join(site.directory, name), { recursive: true, force: true });
  }
  await using documents = await openDocuments(site);
  const connection = documents.orm.em.getConnection();
  await connection.execute('truncate doc restart identity');
  await connection.execute('truncate file_journal');
}
