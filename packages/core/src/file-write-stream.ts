import type { StoredFile } from './file-storage.ts';

/** Stores what a generator gives, and gives up when the signal says so. */
export type SaveWritten = (
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
) => Promise<StoredFile>;

/**
 * The way into an object that does not exist yet. Closing it stores the object, whole and durable; aborting it, or a
 * failure, leaves nothing. A chunk's memory may be used again once its write is done.
 */
export class FileWriteStream extends WritableStream<Uint8Array> {
  /** What was stored, once the stream is closed; rejects when nothing was. */
  readonly stored: Promise<StoredFile>;

  /** @param save Called at once. */
  constructor(save: SaveWritten) {
    const channel = new Channel();
    const { promise: stored, resolve, reject } = Promise.withResolvers<StoredFile>();
    super({
      start(controller) {
        // Aborted at once, while `abort` waits for the write that runs; Node's types do not know it.
        const signal: AbortSignal = Reflect.get(controller, 'signal');
        save(channel, signal).then(resolve, reject);
        stored.catch((error: unknown) => controller.error(error));
      },
      // The storage may end before it has taken a chunk: then its own error is the one to throw.
      write: async (chunk) => void (await Promise.race([channel.give(chunk), stored])),
      async close() {
        channel.end();
        await stored;
      },
      async abort() {
        await stored.catch(() => undefined);
      },
    });
    this.stored = stored;
  }
}

/** Hands chunks over one by one: the giver waits until the taker is done with it. */
class Channel implements AsyncIterable<Uint8Array> {
  #given = Promise.withResolvers<Uint8Array | undefined>();
  #done = Promise.withResolvers<void>();

  async give(chunk: Uint8Array): Promise<void> {
    this.#done = Promise.withResolvers();
    this.#given.resolve(chunk);
    await this.#done.promise;
  }

  end(): void {
    this.#given.resolve(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = await this.#given.promise;
      if (chunk === undefined) return;
      this.#given = Promise.withResolvers();
      yield chunk;
      this.#done.resolve();
    }
  }
}
