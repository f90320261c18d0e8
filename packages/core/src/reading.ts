import { createHash } from 'node:crypto';
import { IntegrityError } from './errors.ts';
import type { FileRow } from './file-row.ts';

/** Cuts a stream of bytes into chunks of exactly `size` bytes; only the last one may be shorter. */
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
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    rest += decoder.decode(chunk, { stream: true });
    // A trailing \r may be the first half of \r\n: it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest.endsWith('\r')) yield rest.slice(0, -1);
  else if (rest !== '') yield rest;
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
 * Passes bytes on and compares their SHA-256 with the row's when they end.
 * @throws {@link IntegrityError} after the last byte when they differ, or when the row has no checksum.
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
    const expected = row.sha256 ?? 'no checksum';
    throw new IntegrityError('verify', row, { expected, received });
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
