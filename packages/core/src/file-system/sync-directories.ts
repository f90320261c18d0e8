import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../disk-error.ts';

/** Not every file system can flush a directory, and Windows does not open one. */
const unsupported = ['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'];

/** Makes the entries of a directory durable, and those of every directory above it up to the root. */
export async function syncDirectories(directory: string, root: string): Promise<void> {
  for (const step of upTo(directory, root)) await syncDirectory(step);
}

/** Makes the entries of one directory durable; one that was removed meanwhile has none. */
export async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT', ...unsupported)) throw error;
  }
}

/** {@link syncDirectories} before anything else can happen. */
export function syncDirectoriesNow(directory: string, root: string): void {
  for (const step of upTo(directory, root)) {
    try {
      const descriptor = openSync(step, 'r');
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      // A directory above the location that may not be read was not made here either.
      if (!hasCode(error, 'EACCES', ...unsupported)) throw error;
    }
  }
}

function upTo(directory: string, root: string): string[] {
  const steps = [directory];
  let step = directory;
  while (step !== root && step !== dirname(step)) {
    step = dirname(step);
    steps.push(step);
  }
  return steps;
}
