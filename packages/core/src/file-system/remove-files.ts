import { lstat, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../disk-error.ts';
import { failuresOf } from '../failures-of.ts';
import { ignore, type DiskLocation } from './disk-location.ts';
import { syncDirectory } from './sync-directories.ts';

/** Removes objects durably, and the directories that they leave empty; answers what failed. */
export async function removeFiles(
  disk: DiskLocation,
  names: readonly string[],
): Promise<Map<string, unknown>> {
  const failures = await failuresOf(names, async (name) => await removeFile(disk, name));
  const directories = [...new Set(names.map((name) => dirname(disk.path(name))))];
  const unsynced = await failuresOf(directories, async (directory) => {
    if ((await disk.find(directory)) !== 'linked') {
      await syncDirectory(await prune(disk, directory));
    }
  });
  for (const name of names) {
    const error = unsynced.get(dirname(disk.path(name)));
    if (error !== undefined) failures.set(name, error);
  }
  return failures;
}

async function removeFile(disk: DiskLocation, name: string): Promise<void> {
  const path = disk.path(name);
  if ((await disk.find(dirname(path))) !== 'plain') return;
  try {
    await unlink(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return;
    // A directory is no object. Linux says EISDIR, others EPERM.
    const stats = await lstat(path).catch(ignore('ENOENT'));
    if (stats !== undefined && !stats.isDirectory()) throw error;
  }
}

/** Removes empty directories up to the root; answers the first that stays. */
async function prune(disk: DiskLocation, directory: string): Promise<string> {
  let step = directory;
  while (step !== disk.root) {
    try {
      await rmdir(step);
    } catch (error) {
      // Whatever keeps a directory from going (not empty, a mount, no right) is no failure of the removal.
      if (!hasCode(error, 'ENOENT')) return step;
    }
    step = dirname(step);
  }
  return step;
}
