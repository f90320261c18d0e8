import { IntegrityError } from './errors.ts';

/** What a storage gives of an object. */
export interface ObjectBody {
  /** Bytes that {@link bytes} will give: all of the range. */
  readonly length: number;
  /** ETag of the version that is read, as `stat()` tells it. Default: that is asked as soon as the reading has begun. */
  readonly etag?: string | undefined;
  /** Read once; a stream that is not read to its end is told so by `return()`, even before its first chunk. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What a stream of an object needs besides its bytes. */
export interface ObjectStreamOptions {
  readonly storage: string | undefined;
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  /** Puts a failure of the backend into words. */
  readonly translate: (error: unknown) => unknown;
}

/** A stream that ends only when every byte was given: less is an {@link IntegrityError}, never a short file. */
export function objectStream(
  { length, bytes }: ObjectBody,
  { storage, name, signal, translate }: ObjectStreamOptions,
): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  let given = 0;
  let unlisten = (): void => undefined;

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (signal === undefined) return;
        const listener = (): void => {
          controller.error(signal.reason);
          // Not awaited: a body that hangs may never answer.
          Promise.resolve(iterator.return?.()).catch(() => undefined);
        };
        signal.addEventListener('abort', listener, { once: true });
        unlisten = () => signal.removeEventListener('abort', listener);
      },
      async pull(controller) {
        try {
          const result = await iterator.next();
          if (signal?.aborted === true) return;
          if (result.done !== true) {
            given += result.value.byteLength;
            controller.enqueue(result.value);
            return;
          }
        } catch (error) {
          unlisten();
          if (signal?.aborted === true) return;
          throw translate(error);
        }
        unlisten();
        if (given === length) {
          controller.close();
        } else {
          const found = { expected: `${length} bytes`, received: `${given} bytes` };
          throw new IntegrityError('read', { storage, name }, found);
        }
      },
      async cancel() {
        unlisten();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
