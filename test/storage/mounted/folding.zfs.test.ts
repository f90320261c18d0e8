import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { installPackages } from '../../support/install-packages.ts';
import { isInstalled } from '../../support/is-installed.ts';
import { mountAdvice } from '../../support/mount-available.ts';
import { mounts, runMounted } from '../../support/run-mounted.ts';

const script = fileURLToPath(new URL('./folding-child.ts', import.meta.url));

/** What came of each job on a ZFS that ignores case and takes both Unicode spellings of a name for one. */
async function onFoldingFileSystem(): Promise<Record<string, unknown>> {
  const refusal = `Cannot run the .zfs.test.ts files: there is no zfs-fuse, ${mountAdvice}`;
  if (!isInstalled('zfs-fuse')) await installPackages(['zfs-fuse'], refusal);
  const directory = await mkdtemp(join(tmpdir(), 'filefield-'));
  try {
    const pool = join(directory, 'pool');
    return (await runMounted([mounts.foldingZfs(directory)], [script, pool])) as never;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('a file system that folds names', async () => {
  const found = await onFoldingFileSystem();

  it('is told by the capabilities of the storage', () => {
    expect(found['capabilities']).toMatchObject({ folds: [false, true], spelling: [true, true] });
  });

  it('has one location, however it is spelled', () => {
    expect(found['location']).toMatchObject({ isOne: true });
  });

  it('lets the storage keep the contract', () => {
    expect(found['contract']).toMatchObject({
      broken: [],
      leftOut: [
        'url of a private object is signed, each for its own object',
        'names that differ in case only are different objects',
      ],
    });
  });

  it('has one object under names that differ in case only', () => {
    expect(found['save']).toEqual({
      refused: 'FileExistsError: Cannot save "PHOTOS/ME.PNG": the name is taken',
      renamed: 'photos/me_*.png',
      isFound: true,
      objects: [
        ['Photos/Me.png', 'first'],
        ['Photos/me_*.png', 'second'],
      ],
      unfinished: [],
    });
  });

  it('replaces an object under a name in another case', () => {
    expect(found['overwrite']).toEqual({
      copied: 'FileExistsError: Cannot copy "ME.png": the name is taken',
      objects: [['me.png', 'second']],
      unfinished: [],
    });
  });

  it('keeps an object that is moved to its own name in another case', () => {
    expect(found['move']).toEqual({
      moved: 'FileExistsError: Cannot move "Photos/ME.png": the name is taken',
      objects: [[expect.stringMatching(/^photos\/me\.png$/i), 'it is me']],
      unfinished: [],
    });
  });

  it('shows names as the storage takes them, however somebody else spelled them', () => {
    expect(found['names']).toEqual({
      size: 17,
      objects: [['café/thé.txt', 'spelled otherwise']],
      unfinished: [],
    });
  });
});
