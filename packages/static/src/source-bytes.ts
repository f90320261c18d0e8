import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { contentHash, type HashAlgorithm } from './hashed-name.ts';
import type { ProcessedFile } from './processed-files.ts';
import { changedFile } from './static-files-error.ts';

/** Bytes that are in memory, or can be read as often as needed. */
export type StaticBytes = Buffer | (() => AsyncGenerator<Uint8Array>);

/** Bytes of a file that is read at once. */
const small = 1_048_576;

/**
 * The bytes of a source file, to be stored under a name that is made of them: they end in an error where they are not
 * those that were hashed.
 */
export async function sourceBytes(
  file: ProcessedFile,
  algorithm: HashAlgorithm,
): Promise<StaticBytes> {
  const { size } = await stat(file.path);
  if (size > small) return () => checkedChunks(file, algorithm);
  const bytes = await readFile(file.path);
  if (contentHash(bytes, algorithm) !== file.original) throw changedFile(file);
  return bytes;
}

async function* checkedChunks(
  file: ProcessedFile,
  algorithm: HashAlgorithm,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(algorithm);
  const chunks: AsyncIterable<Uint8Array> = createReadStream(file.path);
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (!hash.digest('hex').startsWith(file.original)) throw changedFile(file);
}
