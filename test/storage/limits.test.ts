import { execFile } from 'node:child_process';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it, onTestFinished } from 'vitest';

import { temporaryDirectory } from '../support/temporary-directory.ts';

const script = fileURLToPath(new URL('./storage-child.ts', import.meta.url));
const run = promisify(execFile);

async function child(job: string, location = ''): Promise<unknown> {
  // Little room for what is garbage soon: what grows then is what is held.
  const options = ['--max-semi-space-size=4', script, job, location];
  const { stdout } = await run(process.execPath, options);
  return JSON.parse(stdout);
}

/** A process whose files may have a megabyte at most. */
async function childWithSmallFiles(location: string): Promise<unknown> {
  // Ignored, the signal becomes an error of the write. The shell counts in kilobytes or less.
  const command = 'trap "" XFSZ; ulimit -f 1024; exec "$@"';
  const { stdout } = await run('/bin/sh', [
    '-c',
    command,
    'sh',
    process.execPath,
    script,
    'full',
    location,
  ]);
  return JSON.parse(stdout);
}

/** A name that UTF-8 and UTF-16 sort differently. */
function sortable(index: number): string {
  return `${index % 2 === 0 ? '\u{ffee}' : '\u{1f600}'}${index}`;
}

/** A directory tree of empty files: 100 directories with as many files each. Links, since files take ten times as long. */
function createTree(root: string, files: number): void {
  for (let index = 0; index < 100; index += 1) {
    const directory = join(root, sortable(index));
    const first = join(directory, `${sortable(0)}.bin`);
    mkdirSync(directory);
    writeFileSync(first, '');
    for (let file = 1; file < files; file += 1) {
      linkSync(first, join(directory, `${sortable(file)}.bin`));
    }
  }
}

describe('a file of 5 GiB', () => {
  it('passes through without being held in memory', { timeout: 120_000 }, async () => {
    expect(await child('sparse')).toEqual({
      size: 5_368_709_120,
      sha256: '7f06c62352aebd8125b2a1841e2b9e1ffcbed602f381c3dcb3200200e383d1d5',
      grown: expect.toSatisfy((mebibytes: number) => mebibytes <= 96, 'grew by at most 96 MiB'),
    });
  });
});

describe('100,000 files', () => {
  it('are walked in UTF-8 order, with one directory in memory', { timeout: 120_000 }, async () => {
    const root = await temporaryDirectory();
    createTree(root, 1000);

    expect(await child('walk', root)).toEqual({
      count: 100_000,
      ascending: true,
      last: `${sortable(99)}/${sortable(999)}.bin`,
      grown: expect.toSatisfy((mebibytes: number) => mebibytes <= 64, 'grew by at most 64 MiB'),
    });
  });
});

describe('a limit on the size of files', () => {
  it('fails a save, keeps nothing of it, and takes what is smaller', async () => {
    const root = await temporaryDirectory();

    expect(await childWithSmallFiles(root)).toEqual({
      failed: expect.stringMatching(
        /^StorageError: Cannot save "dir\/large\.bin": file too large \(EFBIG\)$/,
      ),
      small: 'small.txt',
      found: ['small.txt'],
    });
  });
});

describe('a directory that may not be entered', () => {
  it('is a failure, not the absence of its objects', async () => {
    const location = await temporaryDirectory();
    await chmod(location, 0o755);
    onTestFinished(async () => chmod(join(location, 'secret'), 0o755));
    const denied = (what: string): string =>
      `StorageError: Cannot ${what}: permission denied (EACCES)`;

    expect(await child('forbidden', location)).toEqual({
      exists: denied('stat "secret/a.txt"'),
      open: denied('open "secret/a.txt"'),
      copy: denied('copy "secret/a.txt"'),
      remove: denied('delete "secret/a.txt"'),
      list: denied('list "secret"'),
      walk: denied('list ""'),
    });
  });
});

describe('a location that may not be written to', () => {
  it('can be read, and says what it refuses without telling where it is', async () => {
    const root = await temporaryDirectory();
    await chmod(root, 0o755);
    const location = join(root, 'media');
    onTestFinished(async () => {
      for (const directory of ['', 'old', '.filefield/tmp'])
        await chmod(join(location, directory), 0o755);
    });
    const denied = (what: string): unknown =>
      expect.stringMatching(
        new RegExp(`^StorageError: Cannot ${what}: permission denied \\(EACCES\\)$`),
      );

    expect(await child('read-only', location)).toEqual({
      save: denied('save "new.txt"'),
      remove: denied('delete "old/a.txt"'),
      copy: denied('copy "old/a.txt"'),
      move: denied('move "old/a.txt"'),
      read: 'still readable',
      found: ['old/a.txt'],
      another:
        'StorageOptionsError: Cannot use the location as a directory: permission denied (EACCES)',
    });
  });
});
