import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { contentHash, hashDigits, type HashAlgorithm } from './hashed-name.ts';
import type { ProcessedFile } from './processed-files.ts';
import type { SourceFile } from './source-files.ts';
import { changedFile, unreadableFile } from './static-files-error.ts';

/** Bytes that are in memory, or can be read as often as needed. */
export type StaticBytes = Buffer | (() => AsyncGenerator<Uint8Array>);

/** Bytes of a file that is read at once. */
const small = 1_048_576;

/** Bytes that are read at once of a larger one. */
const chunkBytes = 262_144;

/** All bytes of a file. @throws {@link StaticFilesError} when it cannot be read. */
export async function wholeFile(file: SourceFile): Promise<Buffer> {
  return readFile(file.path).catch((error: unknown) => {
    throw unreadableFile(file, error);
  });
}

/** The hash of a file's bytes. @throws {@link StaticFilesError} when it cannot be read. */
export async function sourceHash(file: SourceFile, algorithm: HashAlgorithm): Promise<string> {
  if (await isSmall(file)) return contentHash(await wholeFile(file), algorithm);
  const hash = createHash(algorithm);
  for await (const chunk of chunksOf(file)) hash.update(chunk);
  return hash.digest('hex').slice(0, hashDigits);
}

/**
 * The bytes of a source file, to be stored under a name that is made of them: they end in an error where they are not
 * those that were hashed.
 *
 * @throws {@link StaticFilesError} when the file cannot be read, or is another one now.
 */
export async function sourceBytes(
  file: ProcessedFile,
  algorithm: HashAlgorithm,
): Promise<StaticBytes> {
  if (!(await isSmall(file))) return () => checkedChunks(file, algorithm);
  const bytes = await wholeFile(file);
  if (contentHash(bytes, algorithm) !== file.original) throw changedFile(file);
  return bytes;
}

async function* checkedChunks(
  file: ProcessedFile,
  algorithm: HashAlgorithm,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(algorithm);
  for await (const chunk of chunksOf(file)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex').slice(0, hashDigits) !== file.original) throw changedFile(file);
}

async function* chunksOf(file: SourceFile): AsyncGenerator<Uint8Array> {
  const handle = await open(file.path).catch((error: unknown) => {
    throw unreadableFile(file, error);
  });
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes).catch((error: unknown) => {
        throw unreadableFile(file, error);
      });
      if (bytesRead === 0) return;
      yield Buffer.from(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

async function isSmall(file: SourceFile): Promise<boolean> {
  const { size } = await stat(file.path).catch((error: unknown) => {
    throw unreadableFile(file, error);
  });
  return size <= small;
}
