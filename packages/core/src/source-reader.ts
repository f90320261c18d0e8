/** One reading of a source. */
export interface SourceReader {
  /** The next bytes, never an empty chunk; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Lets go of the source; may come before the end, and twice. */
  close(): Promise<void>;
}

/** Reads what is in memory, without copying it. */
export function bytesReader(bytes: Uint8Array): SourceReader {
  if (bytes.buffer instanceof ArrayBuffer && bytes.buffer.detached) {
    throw new TypeError('Cannot read the source: its buffer was transferred away');
  }
  let rest: Uint8Array | undefined = bytes.byteLength === 0 ? undefined : bytes;
  return {
    async next() {
      const chunk = rest;
      rest = undefined;
      return chunk;
    },
    async close() {
      rest = undefined;
    },
  };
}

/** Reads a stream or another iterable; text in it is UTF-8. */
export function iterableReader(iterator: AsyncIterator<unknown>): SourceReader {
  let ended = false;
  return {
    async next() {
      while (!ended) {
        const result = await iterator.next();
        if (result.done === true) {
          ended = true;
        } else {
          const chunk = toBytes(result.value);
          if (chunk.byteLength > 0) return chunk;
        }
      }
      return undefined;
    },
    async close() {
      if (ended) return;
      ended = true;
      await iterator.return?.();
    },
  };
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(
    `Cannot read the source: it gave ${chunk === null ? 'null' : `a ${typeof chunk}`}, bytes are wanted`,
  );
}
