import { setTimeout as sleep } from 'node:timers/promises';

/** Lets so many bytes per second through, over all the streams that pass it. */
export class Throttle {
  readonly #bytesPerSecond: number;
  #free = 0;

  /** @param bytesPerSecond Default: no limit. */
  constructor(bytesPerSecond: number = Infinity) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** The same bytes, later; whoever stops early closes the stream. */
  async *slowed(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      await this.#pass(chunk.byteLength, signal);
      yield chunk;
    }
  }

  async #pass(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#bytesPerSecond === Infinity) return;
    const now = performance.now();
    this.#free = Math.max(this.#free, now);
    const delay = this.#free - now;
    this.#free += (bytes / this.#bytesPerSecond) * 1000;
    if (delay > 0) await sleep(delay, undefined, { signal });
  }
}
