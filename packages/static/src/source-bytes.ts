import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { contentHash, hashDigits, type HashAlgorithm } from './hashed-name.ts';
import type { ProcessedFile } from './processed-files.ts';
import { changedFile } from './static-files-error.ts';

/** Bytes that are in memory, or can be read as often as needed. */
export type StaticBytes = Buffer | (() => AsyncGenerator<Uint8Array>);

/** Bytes of a file that is read at once. */
const small = 1_048_576;

/** The hash of a file's bytes. */
export async function sourceHash(path: string, algorithm: HashAlgorithm): Promise<string> {
  const { size } = await stat(path);
  if (size <= small) return contentHash(await readFile(path), algorithm);
  const hash = createHash(algorithm);
  for await (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest('hex').slice(0, hashDigits);
}

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
  for await (const chunk of chunksOf(file.path)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex').slice(0, hashDigits) !== file.original) throw changedFile(file);
}

function chunksOf(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path);
}
