import type { Readable } from 'node:stream';

/**
 * The bytes of a stream, or a part of them. Who stops early destroys the stream at once: before the first chunk, and also
 * while the next one is on its way, which the iterators of streams do not do.
 */
export function streamBytes(
  stream: Readable,
  start = 0,
  end: number = Infinity,
): AsyncIterable<Uint8Array> {
  const iterator: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  const over = { done: true, value: undefined } as const;
  const isWhole = start === 0 && end === Infinity;
  let position = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (isWhole) return await iterator.next();
        while (position < end) {
          const result = await iterator.next();
          if (result.done === true) return over;
          const chunk = result.value;
          const value = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
          position += chunk.byteLength;
          if (value.byteLength > 0) return { done: false, value };
        }
        stream.destroy();
        return over;
      },
      async return() {
        // What it fails with from now on interests nobody.
        stream.on('error', () => undefined);
        stream.destroy();
        return over;
      },
    }),
  };
}
