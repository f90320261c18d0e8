import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDatabase, startPostgres } from '../support/database.ts';
import { storm } from './storm.ts';
import { stormOptions, stormTimeout } from './storm-options.ts';
import { tableOf } from './storm-tally.ts';

const options = stormOptions();
const tables = ['public.doc', 'second.doc'];

it(
  `neither dangles nor leaks in any weather, on the disk (CRASH_SEED=${options.seed})`,
  { timeout: stormTimeout(options) },
  async () => {
    const server = await startPostgres();
    const { connection, url } = await createDatabase({ server });
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-storm-')));

    const tally = await storm({ connection, url, server, directory, tables }, options);

    process.stdout.write(`On the disk, CRASH_SEED=${options.seed}\n${tableOf(tally)}\n`);
    expect([...tally.violations]).toEqual([]);
    expect(tally.operations).toBeGreaterThanOrEqual(options.operations);
    await rm(directory, { recursive: true });
  },
);
