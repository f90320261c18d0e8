import { link, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError, type FileStorage } from '@filefield/core';

/**
 * Makes an object a hard link to a file, in place of what has its name, at once. Not a symbolic one: `FileSystemStorage`
 * follows none.
 *
 * @throws {@link StorageError} when the file system links no such files, as where the two lie on different ones.
 */
export async function linkFile(storage: FileStorage, name: string, path: string): Promise<void> {
  try {
    await linkTo(storage.path(name), path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const reason = code === 'EXDEV' ? 'the source lies on another file system' : code;
    throw new StorageError('link', { storage: storage.alias, name }, reason, { cause });
  }
}

async function linkTo(target: string, path: string): Promise<void> {
  const beside = `${target}.${process.pid}.link`;
  await mkdir(dirname(target), { recursive: true });
  await rm(beside, { force: true });
  await link(path, beside);
  try {
    await rename(beside, target);
  } finally {
    // Renaming a link over another one to the same file leaves both.
    await rm(beside, { force: true });
  }
}
