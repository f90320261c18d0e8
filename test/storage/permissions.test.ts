import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { FileSystemStorage } from '@filefield/core';
import { describe, expect, it, onTestFinished } from 'vitest';

import { temporaryDirectory } from '../support/temporary-directory.ts';

/** A location that is not there yet, while this process takes these rights off everything that it makes. */
async function locationUnder(umask: number): Promise<string> {
  const directory = await temporaryDirectory();
  const before = process.umask(umask);
  onTestFinished(() => void process.umask(before));
  return join(directory, 'new', 'media');
}

async function modes(location: string, ...paths: string[]): Promise<number[]> {
  const stats = await Promise.all(paths.map((path) => lstat(join(location, path))));
  return stats.map(({ mode }) => mode & 0o777);
}

const made = ['..', '', '.filefield', '.filefield/tmp', 'a', 'a/b'];

describe('permissions of a file', () => {
  it('are 0o644 by default, whatever the umask', async () => {
    const location = await locationUnder(0o077);
    const storage = new FileSystemStorage({ location });

    await storage.save('a.txt', 'x');
    await storage.copy('a.txt', 'b.txt');

    expect(await modes(location, 'a.txt', 'b.txt')).toEqual([0o644, 0o644]);
  });

  it.each([
    ['rw-------', 0o600],
    ['rw-rw----', 0o660],
    ['rw-rw-rw-', 0o666],
  ])('are those that are asked for: %s', async (_, fileMode) => {
    const location = await locationUnder(0o077);
    const storage = new FileSystemStorage({ location, fileMode });

    await storage.save('a.txt', 'x');
    await storage.save('a.txt', 'y', { ifExists: 'overwrite' });
    await storage.copy('a.txt', 'b.txt');
    await storage.move('b.txt', 'c.txt');

    expect(await modes(location, 'a.txt', 'c.txt')).toEqual([fileMode, fileMode]);
  });
});

describe('permissions of a directory', () => {
  it('are what the umask leaves by default', async () => {
    const location = await locationUnder(0o027);
    const storage = new FileSystemStorage({ location });

    await storage.save('a/b/c.txt', 'x');

    expect(await modes(location, ...made)).toEqual(made.map(() => 0o750));
  });

  it.each([
    ['rwx------', 0o700],
    ['rwxrwx---', 0o770],
    ['rwxrwxrwx', 0o777],
  ])(
    'are those that are asked for, in every one that the storage makes: %s',
    async (_, directoryMode) => {
      const location = await locationUnder(0o077);
      const storage = new FileSystemStorage({ location, directoryMode });

      await storage.save('a/b/c.txt', 'x');

      expect(await modes(location, ...made)).toEqual(made.map(() => directoryMode));
    },
  );

  it('stay what they are where the directory is there', async () => {
    const location = await locationUnder(0o022);
    await mkdir(join(location, 'a'), { recursive: true });
    const storage = new FileSystemStorage({ location, directoryMode: 0o700 });

    await storage.save('a/b/c.txt', 'x');

    expect(await modes(location, '', 'a', 'a/b')).toEqual([0o755, 0o755, 0o700]);
  });
});

describe('permissions that cannot be', () => {
  it.each([
    ['fileMode', 644.5],
    ['fileMode', -1],
    ['directoryMode', 0o77777],
  ])('are refused: %s %d', async (option, mode) => {
    const location = await temporaryDirectory();

    expect(() => new FileSystemStorage({ location, [option]: mode })).toThrow(
      `Cannot use the ${option} ${mode}: permissions such as 0o644 are wanted`,
    );
  });
});
