import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileExistsError, FileNotFoundError, UnsupportedOperationError } from '@filefield/core';
import { CliError } from '../errors/cli-error.ts';
import { shownEnd, type CopyEnd } from './copy-end.ts';

/** Options of {@link copyOne}. */
export interface CopyOneOptions {
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  /** Told of bytes as they pass; a copy on the storage's side tells all of them at the end. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Copies one file or object; afterwards the whole of it is there, or nothing is. A target that is there is left alone.
 *
 * @throws {@link FileExistsError} when the target is there, unless `overwrite`. @throws {@link FileNotFoundError} when
 * the source is not.
 */
export async function copyOne(from: CopyEnd, to: CopyEnd, options: CopyOneOptions): Promise<void> {
  if (to.kind === 'path') await writePath(from, to.path, options);
  else if (from.kind === 'path' || !(await copiedAside(from, to, options))) {
    await save(from, to, options);
  }
}

/** Bytes of a file or object. @throws {@link FileNotFoundError} when it is not there. */
export async function sizeOf(end: CopyEnd): Promise<number> {
  if (end.kind === 'object') return await end.storage.size(end.name);
  const found = await stat(end.path).catch((cause: unknown) => {
    throw new FileNotFoundError('copy', { name: shownEnd(end) }, { cause });
  });
  if (found.isFile()) return found.size;
  throw new CliError(`Cannot copy ${JSON.stringify(end.path)}: it is no file`, {
    fix: 'Pass --recursive for a directory',
  });
}

type ObjectEnd = CopyEnd & { readonly kind: 'object' };

/** Whether the storages could do it without the bytes. */
async function copiedAside(
  from: ObjectEnd,
  to: ObjectEnd,
  { overwrite, signal, onBytes }: CopyOneOptions,
): Promise<boolean> {
  if (from.storage.location === to.storage.location && from.storage.copyFrom === undefined) {
    await to.storage.copy(from.name, to.name, { overwrite, signal });
    onBytes(await to.storage.size(to.name));
    return true;
  }
  try {
    const copied = await to.storage.copyFrom?.(from.storage, from.name, to.name, {
      overwrite,
      signal,
    });
    onBytes(copied?.size ?? 0);
    return copied !== undefined;
  } catch (error) {
    if (error instanceof UnsupportedOperationError) return false;
    throw error;
  }
}

async function save(from: CopyEnd, to: ObjectEnd, options: CopyOneOptions): Promise<void> {
  const { overwrite, signal } = options;
  const ifExists = overwrite ? 'overwrite' : 'error';
  const type = from.kind === 'object' ? (await from.storage.stat(from.name)).type : undefined;
  const bytes = await readable(from, options);
  await to.storage.save(to.name, bytes, { ifExists, signal, type });
}

async function writePath(from: CopyEnd, path: string, options: CopyOneOptions): Promise<void> {
  const bytes = await readable(from, options);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await pipeline(bytes, createWriteStream(temporary, { flags: 'wx', flush: true }), {
      signal: options.signal,
    });
    if (options.overwrite) await rename(temporary, path);
    else await link(temporary, path).catch((cause: unknown) => refuse(path, cause));
  } finally {
    await rm(temporary, { force: true });
  }
}

function refuse(path: string, cause: unknown): never {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
  if (isTaken) throw new FileExistsError('copy to', { name: path }, { cause });
  throw cause;
}

async function readable(from: CopyEnd, { signal, onBytes }: CopyOneOptions): Promise<Readable> {
  const source =
    from.kind === 'path'
      ? createReadStream(from.path)
      : Readable.fromWeb((await from.storage.open(from.name, { signal })) as never);
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onBytes(chunk.byteLength);
      done(null, chunk);
    },
  });
  source.once('error', (error: Error) => counter.destroy(error));
  counter.once('close', () => source.destroy());
  return source.pipe(counter);
}
