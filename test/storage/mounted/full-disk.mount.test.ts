import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mounts, runMounted } from '../../support/run-mounted.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const script = fileURLToPath(new URL('./full-disk-child.ts', import.meta.url));

/** What an operation leaves on a disk of a megabyte that has room for 100 kB more. */
async function onFullDisk(operation: string): Promise<unknown> {
  const directory = await temporaryDirectory();
  return await runMounted([mounts.memory(directory, '1m')], [script, directory, operation]);
}

const untouched = {
  objects: ['large.bin: 524288', 'old.txt: 3'],
  old: 'old',
  note: 'old',
  left: ['.filefield', '.filefield/tmp'],
};

describe('a disk that is full', () => {
  it.each([
    ['save', 'Cannot save "new/large.bin"'],
    ['save over an object', 'Cannot save "old.txt"'],
    ['createWriteStream', 'Cannot save "new/large.bin"'],
    ['copy', 'Cannot copy "large.bin"'],
    ['copy over an object', 'Cannot copy "large.bin"'],
    ['save the owner', 'Cannot save ".filefield/owner"'],
  ])(
    'fails with a StorageError and leaves what was there, and nothing else: %s',
    async (operation, what) => {
      expect(await onFullDisk(operation)).toEqual({
        ...untouched,
        ended: `StorageError: ${what}: no space left on device (ENOSPC)`,
      });
    },
  );

  it('fails to take the bytes of a file at a path, which stays as it was', async () => {
    expect(await onFullDisk('saveTo')).toEqual({
      ...untouched,
      ended: 'Error: Cannot write "note.txt": no space left on device (ENOSPC)',
    });
  });

  it('has room for a move, which writes no bytes', async () => {
    expect(await onFullDisk('move')).toMatchObject({
      ended: 'done',
      objects: ['new/large.bin: 524288', 'old.txt: 3'],
    });
  });
});
