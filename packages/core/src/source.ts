import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FileValidationError } from './errors.ts';
import type { FileSource, ReadOptions } from './file-storage.ts';
import { pathReader } from './path-reader.ts';
import { bytesReader, iterableReader, type SourceReader } from './source-reader.ts';

/** A file of this machine as a source; made by {@link pathSource}, never from a request. */
export class PathSource implements AsyncIterable<Uint8Array> {
  readonly path: string;
  /** Bytes as whoever wrote the file counted them. Default: as the disk says when it is asked. */
  readonly size: number | undefined;
  readonly #move: boolean;
  readonly #holders = new Set<string>();

  constructor(path: string, { move = false, size }: PathSourceOptions = {}) {
    this.path = path;
    this.size = size;
    this.#move = move;
  }

  /** Notes that a pending file has its bytes here, for itself or in place of another one that it was derived from. */
  hold(id: string, insteadOf?: string): void {
    if (insteadOf !== undefined) this.#holders.delete(insteadOf);
    this.#holders.add(id);
  }

  /** Notes that a pending file is stored; answers whether the file on the disk is to be removed now. */
  release(id: string): boolean {
    return this.#holders.delete(id) && this.#holders.size === 0 && this.#move;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return iterate(openSource(this));
  }
}

/** Options of a {@link PathSource}. */
export interface PathSourceOptions {
  /** The file goes once everything that was made of it is stored. Default `false`. */
  readonly move?: boolean | undefined;
  readonly size?: number | undefined;
}

/** What a source tells about itself before it is read. */
export interface SourceFacts {
  /** Bytes. */
  readonly size?: number | undefined;
  /** What the sender called it. */
  readonly filename?: string | undefined;
  /** Media type as declared by the sender. */
  readonly type?: string | undefined;
}

/**
 * Answers the source as it is.
 * @throws TypeError when it is not bytes, such as a plain object from a request body.
 */
export function fileSource(source: FileSource): FileSource {
  if (
    typeof source === 'string' ||
    typeof source === 'function' ||
    source instanceof Uint8Array ||
    source instanceof ArrayBuffer ||
    source instanceof Blob ||
    isAsyncIterable(source)
  ) {
    return source;
  }
  throw new TypeError(
    'Cannot read the source: it is not bytes, a string, a Blob, a stream or a function that gives one of them; ' +
      'FieldFile.fromPath() takes a file of this machine, FieldFile.fromMulter() what multer gives, ' +
      'FieldFile.fromPart() a part of a multipart form',
  );
}

/**
 * Answers the source as it is, and listens for its failure: a connection that breaks while nobody reads must not end the
 * process, who reads the stream later gets the error.
 */
export function heldSource(source: FileSource): FileSource {
  const checked = fileSource(source);
  if (checked instanceof Readable) checked.on('error', () => undefined);
  return checked;
}

/** Makes a file of this machine a source. A relative path starts at the working directory. */
export function pathSource(path: string | URL, options: PathSourceOptions = {}): PathSource {
  return new PathSource(typeof path === 'string' ? path : fileURLToPath(path), options);
}

/** What is known of a source without reading it. */
export function sourceFacts(source: FileSource): SourceFacts {
  if (typeof source === 'string') return { size: Buffer.byteLength(source) };
  if (source instanceof Uint8Array || source instanceof ArrayBuffer)
    return { size: source.byteLength };
  if (source instanceof Blob) return blobFacts(source);
  if (source instanceof PathSource) {
    return { size: source.size ?? sizeOnDisk(source.path), filename: basename(source.path) };
  }
  return {};
}

/** Whether every reading of the source starts at its first byte again. */
export function isRereadable(source: FileSource): boolean {
  return (
    typeof source === 'string' ||
    typeof source === 'function' ||
    source instanceof Uint8Array ||
    source instanceof ArrayBuffer ||
    source instanceof Blob ||
    source instanceof PathSource
  );
}

/**
 * Starts a reading.
 * @throws TypeError when a stream was read before, or elsewhere.
 */
export function openSource(source: FileSource): SourceReader {
  if (typeof source === 'function') return openSource(source());
  if (typeof source === 'string') return bytesReader(Buffer.from(source));
  if (source instanceof Uint8Array) return bytesReader(source);
  if (source instanceof ArrayBuffer) return bytesReader(new Uint8Array(source));
  if (source instanceof Blob) return iterableReader(source.stream().values());
  if (source instanceof PathSource) return pathReader(source.path);
  takeOnce(fileSource(source));
  if (source instanceof Readable) return readableReader(source);
  return iterableReader(source[Symbol.asyncIterator]());
}

/** The bytes of a source, or a part of them; a signal ends also the wait for a source that hangs. */
export async function* readSource(
  source: FileSource,
  { start = 0, end = Infinity, signal }: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const reader = openSource(source);
  try {
    for (let position = 0; position < end;) {
      const chunk = await unlessAborted(reader.next(), signal);
      if (chunk === undefined) return;
      const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
      position += chunk.byteLength;
      if (part.byteLength > 0) yield part;
      signal?.throwIfAborted();
    }
  } finally {
    const closing = reader.close();
    // Not awaited: a source that hangs may never answer.
    if (signal?.aborted === true) closing.catch(() => undefined);
    else await closing;
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const listener = (): void => reject(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  work.then(resolve, reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', listener);
  }
}

const taken = new WeakSet<object>();

// Node answers for web streams too, which its types do not say.
const probe: { isDisturbed(stream: object): boolean } = Readable;

function takeOnce(source: FileSource): void {
  if (typeof source !== 'object') return;
  if (source instanceof Readable && source.errored !== null) throw source.errored;
  const isUnread = source instanceof Readable && !source.readableDidRead && !taken.has(source);
  if (isUnread && source.destroyed) {
    throw new Error('Cannot read the source: its stream was closed before anybody read it');
  }
  const isStream = source instanceof Readable || source instanceof ReadableStream;
  if (taken.has(source) || (isStream && probe.isDisturbed(source))) {
    throw new TypeError(
      'Cannot read the source again: a stream gives its bytes once, pass a function that opens it anew',
    );
  }
  taken.add(source);
}

function readableReader(source: Readable): SourceReader {
  const { readableEncoding } = source;
  if (readableEncoding !== null && !/^utf-?8$/i.test(readableEncoding)) {
    throw new TypeError(
      `Cannot read the source: its encoding is ${JSON.stringify(readableEncoding)}, bytes are wanted`,
    );
  }
  const reader = iterableReader(source[Symbol.asyncIterator]());
  return {
    async next() {
      const chunk = await reader.next();
      // busboy ends a stream that breaks its limit like any other, and leaves a mark on it.
      if (chunk === undefined && 'truncated' in source && source.truncated === true) throw cut();
      return chunk;
    },
    async close() {
      // Who opened a stream with `autoClose: false` wants its file left open; one that ended needs nothing.
      if (!source.readableEnded) source.destroy();
      await reader.close();
    },
  };
}

function cut(): FileValidationError {
  const message = 'it is over the size limit of its form, the rest was cut off';
  return new FileValidationError('the file', [{ validator: 'maxSize', message }]);
}

/** `undefined` also where it cannot be found out: who reads the file learns why. */
function sizeOnDisk(path: string): number | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}

function blobFacts(blob: Blob): SourceFacts {
  return {
    size: blob.size,
    type: blob.type === '' ? undefined : blob.type,
    filename: blob instanceof File ? blob.name : undefined,
  };
}

function iterate(reader: SourceReader): AsyncIterator<Uint8Array> {
  return {
    async next() {
      const value = await reader.next();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    async return() {
      await reader.close();
      return { done: true, value: undefined };
    },
  };
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
