import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createBucket } from '../s3/support.ts';
import { createDatabase, startPostgres } from '../support/database.ts';
import { storm } from './storm.ts';
import { stormOptions, stormTimeout } from './storm-options.ts';
import { tableOf } from './storm-tally.ts';

const options = stormOptions();
const tables = ['public.doc', 'second.doc'];

it(
  `neither dangles nor leaks in any weather, on S3 (CRASH_SEED=${options.seed})`,
  { timeout: stormTimeout(options) },
  async () => {
    const server = await startPostgres();
    const { connection, url } = await createDatabase({ server });
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-storm-')));
    const { endpoint, region, credentials } = inject('s3Server');
    const buckets = { media: await createBucket(), archive: await createBucket() };
    const s3 = { endpoint, region, credentials, buckets, prefix: 'storm/' };

    const tally = await storm({ connection, url, server, directory, s3, tables }, options);

    process.stdout.write(`On S3, CRASH_SEED=${options.seed}\n${tableOf(tally)}\n`);
    expect([...tally.violations]).toEqual([]);
    expect(tally.operations).toBeGreaterThanOrEqual(options.operations);
    await rm(directory, { recursive: true });
  },
);
