import { createHash } from 'node:crypto';
import { IntegrityError } from './errors.ts';
import type { FileRow } from './file-row.ts';
import type { ReadOptions } from './file-storage.ts';

/**
 * Cuts a stream of bytes into chunks of exactly `size` bytes; only the last one may be shorter.
 * @throws RangeError when the size is not a positive integer.
 */
export async function* rechunk(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`Cannot read chunks of ${size} bytes: the size is a positive integer`);
  }
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (held + rest.byteLength >= size) {
      const used = size - held;
      parts.push(rest.subarray(0, used));
      yield joined(parts, size);
      parts = [];
      held = 0;
      rest = rest.subarray(used);
    }
    if (rest.byteLength > 0) {
      parts.push(rest);
      held += rest.byteLength;
    }
  }
  if (held > 0) yield joined(parts, held);
}

/** Decodes UTF-8 and cuts after `\n`, `\r\n` or `\r`; lines come without their end. */
export async function* splitLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let line = '';
  let held = '';
  for await (const part of decoded(source)) {
    const text = held + part;
    // A \r at the end may be the first half of \r\n: it waits for the next part.
    held = text.endsWith('\r') ? '\r' : '';
    const [first = '', ...others] = text.slice(0, text.length - held.length).split(/\r\n|\n|\r/);
    line += first;
    for (const other of others) {
      yield line;
      line = other;
    }
  }
  if (line !== '' || held !== '') yield line;
}

async function* decoded(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of source) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** Reads everything into one array. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    parts.push(chunk);
    length += chunk.byteLength;
  }
  return joined(parts, length);
}

/**
 * Refuses what {@link verified} could not answer for, before a byte is read.
 * @throws TypeError when only a part is read. @throws {@link IntegrityError} when the row has no checksum.
 */
export function assertVerifiable(row: FileRow, { start = 0, end }: ReadOptions): void {
  if (start !== 0 || end !== undefined) {
    throw new TypeError(
      'Cannot verify a part of a file: its checksum is of the whole, leave out start and end',
    );
  }
  if (row.sha256 === undefined) throw new IntegrityError('verify', row, { expected: undefined });
}

/**
 * Passes bytes on and compares their SHA-256 with the row's when they end.
 * @throws {@link IntegrityError} after the last byte when they differ.
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  row: FileRow,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const received = hash.digest('hex');
  if (received !== row.sha256) {
    throw new IntegrityError('verify', row, { expected: row.sha256, received });
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return all;
}
