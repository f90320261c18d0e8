import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnfinishedWrite } from '../file-storage.ts';
import { isUnfinishedName, libraryDirectory } from '../storage-names.ts';
import { ignore, type DiskLocation } from './disk-location.ts';

/**
 * The temporary files of a location, by the directory that they wait in: one for each name that is being written, and
 * only the name's hash is known of it.
 */
export async function* unfinishedOnDisk(disk: DiskLocation): AsyncGenerator<UnfinishedWrite> {
  const waiting = join(disk.root, libraryDirectory, 'tmp');
  for await (const entry of await opendir(waiting)) {
    const name = `${libraryDirectory}/tmp/${entry.name}`;
    if (!isUnfinishedName(name)) continue;
    const modifiedAt = await lastChange(join(waiting, entry.name));
    if (modifiedAt !== undefined) yield { name, modifiedAt };
  }
}

/** When a file of the directory was last written; `undefined` when the directory is gone. */
async function lastChange(directory: string): Promise<Date | undefined> {
  const own = await lstat(directory).catch(ignore('ENOENT'));
  if (own === undefined) return undefined;
  let latest = own.mtime;
  const files = await opendir(directory).catch(ignore('ENOENT', 'ENOTDIR'));
  for await (const { name } of files ?? []) {
    const stats = await lstat(join(directory, name)).catch(ignore('ENOENT'));
    if (stats !== undefined && stats.mtime > latest) latest = stats.mtime;
  }
  return latest;
}
