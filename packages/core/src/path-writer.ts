import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reasonOf, withoutPath } from './disk-error.ts';

/**
 * Writes a file of this machine through a temporary one beside it: afterwards it holds all bytes, or it is as it was.
 * Errors of the disk name the file, not where it lies; those of the bytes come as they are.
 */
export async function writePath(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  // Not the file's own name and something more: that could be longer than a name may be.
  const part = join(dirname(path), `.${randomUUID()}.part`);
  const named = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw diskError(path, error);
    });
  try {
    await writeDurably(part, bytes, named);
    await named(rename(part, path));
  } catch (error) {
    // Its own failure, such as a directory that is none, would hide the first one.
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeDurably(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  named: <T>(work: Promise<T>) => Promise<T>,
): Promise<void> {
  // Not a stream: one that fails early may create its file after it was destroyed.
  await using handle = await named(open(path, 'wx'));
  for await (const chunk of bytes) await named(handle.writeFile(chunk));
  await named(handle.sync());
}

function diskError(path: string, error: unknown): Error {
  const message = `Cannot write ${JSON.stringify(basename(path))}: ${reasonOf(error)}`;
  const code = error instanceof Error && 'code' in error ? { code: error.code } : {};
  return Object.assign(new Error(message, { cause: withoutPath(error) }), code);
}
