import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { installPackages } from '../../support/install-packages.ts';
import { isInstalled } from '../../support/is-installed.ts';
import { mountAdvice } from '../../support/mount-available.ts';
import { mounts, runMounted } from '../../support/run-mounted.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const script = fileURLToPath(new URL('./folding-child.ts', import.meta.url));

beforeAll(async () => {
  const refusal = `Cannot run the .zfs.test.ts files: there is no zfs-fuse, ${mountAdvice}`;
  if (!isInstalled('zfs-fuse')) await installPackages(['zfs-fuse'], refusal);
}, 120_000);

/** What a job comes to on ZFS that ignores case and normalises names. */
async function folding(job: string): Promise<unknown> {
  const directory = await temporaryDirectory();
  const pool = join(directory, 'pool');
  return await runMounted([mounts.foldingZfs(directory)], [script, job, pool]);
}

describe('a file system that folds names', () => {
  it('is told by the capabilities of the storage', async () => {
    expect(await folding('capabilities')).toMatchObject({
      caseSensitive: false,
      normalizing: true,
    });
  });

  it('lets the storage keep the contract', async () => {
    expect(await folding('contract')).toMatchObject({
      left: [
        'url of a private object is signed, each for its own object',
        'names that differ in case only are different objects',
      ],
      broken: [],
    });
  });

  it('has one object under names that differ in case only', async () => {
    expect(await folding('save')).toEqual({
      refused: 'FileExistsError: Cannot save "PHOTOS/ME.PNG": the name is taken',
      renamed: true,
      found: true,
      objects: [
        ['Photos/Me.png', 'first'],
        ['Photos/me_*.png', 'second'],
      ],
      unfinished: [],
    });
  });

  it('replaces an object under a name in another case', async () => {
    expect(await folding('overwrite')).toEqual({
      kept: 'FileExistsError: Cannot copy "ME.png": the name is taken',
      objects: [['me.png', 'second']],
      unfinished: [],
    });
  });

  it('keeps an object that is moved to its own name in another case', async () => {
    expect(await folding('move')).toMatchObject({
      taken: 'FileExistsError: Cannot move "Photos/ME.png": the name is taken',
      objects: [[expect.stringMatching(/^photos\/me\.png$/i), 'it is me']],
    });
  });

  it('shows names as the storage takes them, however somebody else spelled them', async () => {
    expect(await folding('a name that somebody else spelled')).toMatchObject({
      size: 17,
      objects: [['café/thé.txt', 'spelled otherwise']],
    });
  });
});
