import { constants } from 'node:fs';
import { copyFile, link, lstat, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hasCode } from '../disk-error.ts';
import { ignore, type DiskLocation } from './disk-location.ts';
import { removeFiles } from './remove-files.ts';
import { syncDirectories } from './sync-directories.ts';
import { UnfinishedFile } from './unfinished-file.ts';

/** How a transfer within a location ended. `apart`: the names lie on different file systems. */
export type Transfer = 'done' | 'missing' | 'taken' | 'apart';

/** Options of a transfer. */
export interface TransferOptions {
  readonly overwrite: boolean;
  readonly mode: number;
}

/** A link cannot be made to another file system, nor where the system forbids links to what others own. */
const unlinkable = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'];

/** Copies within the disk, as a reflink where the file system can. */
export async function copyFileOnDisk(
  disk: DiskLocation,
  from: string,
  to: string,
  { overwrite, mode }: TransferOptions,
): Promise<Transfer> {
  if (!(await isObject(disk, from))) return 'missing';
  const copy = await UnfinishedFile.create(disk, disk.unfinished(to));
  // copyFile follows links; the pin is a second name of the very file, out of everybody's reach.
  const pin = `${copy.path}.pin`;
  try {
    const linked = await tryLink(disk.path(from), pin);
    if (linked !== 'done') return linked;
    if (!(await lstat(pin)).isFile()) return 'missing';
    await copyFile(pin, copy.path, constants.COPYFILE_FICLONE);
    await copy.complete(mode);
    return (await copy.place(to, overwrite)) ? 'done' : 'taken';
  } finally {
    await unlink(pin).catch(ignore('ENOENT'));
    await copy.dispose();
  }
}

/** Gives an object another name; both are there for a moment, never none. Two names of one entry stay one. */
export async function moveFileOnDisk(
  disk: DiskLocation,
  from: string,
  to: string,
  { overwrite }: TransferOptions,
): Promise<Transfer> {
  if (!(await isObject(disk, from))) return 'missing';
  const source = disk.path(from);
  const target = disk.path(to);
  await disk.make(dirname(target), to);
  // Renaming one of two names of a file to the other does nothing: a move that was cut short left both.
  const isSame = await isSameFile(source, target);
  const isOne = isSame && (await isOneEntry(source, target));
  if (isOne && !overwrite) return 'taken';
  if (isOne || (overwrite && !isSame)) {
    const renamed = await tryPlace(async () => await rename(source, target));
    if (renamed !== 'done') return renamed;
  } else if (!isSame) {
    const linked = await tryLink(source, target);
    if (linked !== 'done') return linked;
  }
  await syncDirectories(dirname(target), disk.root);
  if (isOne) return 'done';
  const failures = await removeFiles(disk, [from]);
  for (const error of failures.values()) throw error;
  return 'done';
}

async function isObject(disk: DiskLocation, name: string): Promise<boolean> {
  const path = disk.path(name);
  const stats = await lstat(path).catch(ignore('ENOENT', 'ENOTDIR'));
  return stats?.isFile() === true && (await disk.find(dirname(path))) === 'plain';
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all(
    [a, b].map((path) => lstat(path, { bigint: true }).catch(ignore('ENOENT', 'ENOTDIR'))),
  );
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

/**
 * Whether two paths of a file are one entry of one directory, as where the file system takes names that differ in case
 * for one: to remove the first would remove the second. In doubt they are.
 */
async function isOneEntry(a: string, b: string): Promise<boolean> {
  if (!(await isSameFile(dirname(a), dirname(b)))) return false;
  const entries = await readdir(dirname(b));
  return (
    basename(a) === basename(b) || !entries.includes(basename(a)) || !entries.includes(basename(b))
  );
}

async function tryLink(source: string, target: string): Promise<Transfer> {
  return await tryPlace(async () => await link(source, target));
}

async function tryPlace(work: () => Promise<void>): Promise<Transfer> {
  try {
    await work();
    return 'done';
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return 'taken';
    if (hasCode(error, 'ENOENT')) return 'missing';
    if (hasCode(error, ...unlinkable)) return 'apart';
    throw error;
  }
}
