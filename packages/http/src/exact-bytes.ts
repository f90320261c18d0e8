import { IntegrityError } from '@filefield/core';
import type { ServedObject } from './served-object.ts';

/**
 * Passes on a stream of exactly `length` bytes. With fewer or more of them it fails, so that no client takes a part for
 * the whole: the last bytes wait until the stream has ended.
 */
export function exactBytes(
  stream: ReadableStream<Uint8Array>,
  length: number,
  { storage, name }: ServedObject,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let given = 0;

  function wrongLength(): IntegrityError {
    const found = { expected: `${length} bytes`, received: `${given} bytes` };
    return new IntegrityError('read', { storage: storage.alias, name }, found);
  }

  async function endOf(): Promise<boolean> {
    const { done, value } = await reader.read();
    if (done) return true;
    given += value.byteLength;
    return value.byteLength === 0 && endOf();
  }

  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        given += value?.byteLength ?? 0;
        if (done && given < length) throw wrongLength();
        if (given >= length && !(done || (given === length && (await endOf())))) {
          await reader.cancel();
          throw wrongLength();
        }
        if (value !== undefined) controller.enqueue(value);
        if (given === length) controller.close();
      },
      cancel: async (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
