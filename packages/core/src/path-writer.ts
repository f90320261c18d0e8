import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { reasonOf, withoutPath } from './disk-error.ts';

/**
 * Writes a file of this machine through a temporary one beside it: afterwards it holds all bytes, or it is as it was.
 * Errors of the disk name the file, not where it lies; those of the bytes come as they are.
 */
export async function writePath(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  // Not the file's own name and something more: that could be longer than a name may be.
  const part = join(dirname(path), `.${randomUUID()}.part`);
  try {
    await pipeline(bytes, createWriteStream(part, { flags: 'wx', flush: true }));
    await rename(part, path);
  } catch (error) {
    // Its own failure, such as a directory that is none, would hide the first one.
    await rm(part, { force: true }).catch(() => undefined);
    throw isAbout(part, error) ? diskError(path, error) : error;
  }
}

function isAbout(part: string, error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'path' in error && error.path === part;
}

function diskError(path: string, error: NodeJS.ErrnoException): Error {
  const message = `Cannot write ${JSON.stringify(basename(path))}: ${reasonOf(error)}`;
  return Object.assign(new Error(message, { cause: withoutPath(error) }), { code: error.code });
}
