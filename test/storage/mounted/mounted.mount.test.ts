import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mounts, runMounted } from '../../support/run-mounted.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const script = fileURLToPath(new URL('./mounted-child.ts', import.meta.url));

/** What a job leaves in a location of which the directory `mounted/` has 200 kB of its own. */
async function mounted(job: string): Promise<unknown> {
  const location = await temporaryDirectory();
  const disks = [mounts.memory(location, '4m'), mounts.memory(join(location, 'mounted'), '200k')];
  return await runMounted(disks, [script, job, location]);
}

describe('a directory of a location that is another file system', () => {
  it('is saved into', async () => {
    expect(await mounted('save')).toEqual({
      taken: 'FileExistsError: Cannot save "mounted/new.txt": the name is taken',
      objects: {
        'here.txt': 'here',
        'large.bin': '500000 bytes',
        'mounted/new.txt': 'new',
        'mounted/there.txt': 'new',
      },
      unfinished: [],
    });
  });

  it('is copied into and out of', async () => {
    expect(await mounted('copy')).toEqual({
      taken: 'FileExistsError: Cannot copy "mounted/in.txt": the name is taken',
      objects: {
        'here.txt': 'here',
        'large.bin': '500000 bytes',
        'mounted/in.txt': 'here',
        'mounted/there.txt': 'here',
        'out.txt': 'there',
      },
      unfinished: [],
    });
  });

  it('is moved into and out of', async () => {
    expect(await mounted('move')).toEqual({
      taken: 'FileExistsError: Cannot move "a/out.txt": the name is taken',
      objects: { 'a/out.txt': 'there', 'large.bin': '500000 bytes', 'mounted/a/in.txt': 'here' },
      unfinished: [],
    });
  });

  it('takes nothing of what it has no room for, and keeps what it has', async () => {
    expect(await mounted('full')).toEqual({
      copied: 'StorageError: Cannot copy "large.bin": no space left on device (ENOSPC)',
      moved: 'StorageError: Cannot move "large.bin": no space left on device (ENOSPC)',
      objects: { 'here.txt': 'here', 'large.bin': '500000 bytes', 'mounted/there.txt': 'there' },
      unfinished: [],
    });
  });
});

describe('a location on a read-only file system', () => {
  it('can be read, and says what it refuses', async () => {
    expect(await mounted('read-only')).toEqual({
      saved: 'StorageError: Cannot save "new.txt": read-only file system (EROFS)',
      deleted: 'StorageError: Cannot delete "here.txt": read-only file system (EROFS)',
      moved: 'StorageError: Cannot move "here.txt": read-only file system (EROFS)',
      elsewhere:
        'StorageOptionsError: Cannot use the location as a directory: read-only file system (EROFS)',
      objects: { 'here.txt': 'here', 'large.bin': '500000 bytes', 'mounted/there.txt': 'there' },
      unfinished: [],
    });
  });
});
