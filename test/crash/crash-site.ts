import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { openDocuments } from './documents.ts';
import type { Place } from './documents.ts';
import { clearS3, type S3Place } from './s3-place.ts';

/** Databases with the schema and directories, lent to one test at a time. */
export interface CrashSites {
  /** An empty place, this test's own until it is disposed of. */
  take(): Promise<Place & AsyncDisposable>;
}

interface Site extends Place {
  readonly url: string;
}

/** Called at the top of a file: as many tests as there are sites run at once. With a bucket, objects are there. */
export async function crashSites(count: number, s3?: Omit<S3Place, 'prefix'>): Promise<CrashSites> {
  const free = await Promise.all(
    Array.from({ length: count }, async (_, index) =>
      createSite(s3 && { ...s3, prefix: `site-${index}/` }),
    ),
  );
  const waiting: ((site: Site) => void)[] = [];
  const give = (site: Site): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(site);
    else next(site);
  };
  return {
    async take() {
      const site = free.pop() ?? (await new Promise<Site>((resolve) => waiting.push(resolve)));
      await clear(site);
      const { connection, directory, s3: place } = site;
      return { connection, directory, s3: place, [Symbol.asyncDispose]: async () => give(site) };
    },
  };
}

async function createSite(s3: S3Place | undefined): Promise<Site> {
  const { connection, url } = await createDatabase();
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-crash-')));
  afterAll(async () => rm(directory, { recursive: true, force: true }));
  await using documents = await openDocuments({ connection, directory, s3 });
  await documents.orm.schema.create();
  return { connection, directory, s3, url };
}

async function clear({ directory, s3, url }: Site): Promise<void> {
  if (s3 !== undefined) await clearS3(s3);
  for (const location of await readdir(directory)) {
    await rm(join(directory, location), { recursive: true, force: true });
  }
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      'truncate doc, folder, picture, file_journal, file_variant_work restart identity',
    );
  } finally {
    await client.end();
  }
}
