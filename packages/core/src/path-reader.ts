import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { withoutPath, reasonOf } from './disk-error.ts';
import type { SourceReader } from './source-reader.ts';

const CHUNK_SIZE = 256 * 1024;

/** Reads a file of this machine; its errors name the file, not where it lies. */
export function pathReader(path: string): SourceReader {
  let handle: FileHandle | undefined;
  let ended = false;

  async function close(): Promise<void> {
    ended = true;
    const opened = handle;
    handle = undefined;
    await opened?.close();
  }

  return {
    async next() {
      if (ended) return undefined;
      try {
        handle ??= await open(path, 'r');
        if (ended) throw new Error('closed while it was opened');
        const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
        const { bytesRead } = await handle.read(chunk, 0, CHUNK_SIZE);
        if (bytesRead > 0) return chunk.subarray(0, bytesRead);
      } catch (error) {
        await close();
        throw Object.assign(
          new Error(`Cannot read ${JSON.stringify(basename(path))}: ${reasonOf(error)}`, {
            cause: withoutPath(error),
          }),
          error instanceof Error && 'code' in error ? { code: error.code } : {},
        );
      }
      await close();
      return undefined;
    },
    close,
  };
}
