import { link, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileStorage } from '@filefield/core';

/**
 * Makes an object a hard link to a file, in place of what has its name, at once. Not a symbolic one: `FileSystemStorage`
 * follows none.
 */
export async function linkFile(storage: FileStorage, name: string, path: string): Promise<void> {
  const target = storage.path(name);
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
