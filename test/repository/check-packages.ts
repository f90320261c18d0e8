import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPackages, runHere } from '../support/packed-packages.ts';

const directory = await mkdtemp(join(tmpdir(), 'filefield-packages-'));
try {
  for (const { name, tarball } of await packPackages(directory)) {
    await runHere('publint', ['run', '--strict', tarball]);
    await runHere('attw', ['--profile', 'esm-only', tarball]);
    process.stdout.write(`${name}: publint and attw find nothing\n`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
