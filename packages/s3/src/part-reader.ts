/** Cuts a stream of bytes into parts, each in memory of its own that can be used again. */
export class PartReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #free: Buffer[] = [];
  /** The chunk that comes next; its memory is the source's until the source is asked for another. */
  #rest: Uint8Array | undefined;
  #isEnded = false;
  /** Memory of a first part; most files whose size nobody knows are much smaller than a part. */
  #first: number;

  /** @param knownSize All bytes that will come; `undefined` where nobody knows. */
  constructor(bytes: AsyncIterable<Uint8Array>, knownSize?: number) {
    this.#iterator = bytes[Symbol.asyncIterator]();
    this.#first = knownSize === undefined ? firstBytes : Infinity;
  }

  /** Whether the last part has been read. */
  get isEnded(): boolean {
    return this.#isEnded && this.#rest === undefined;
  }

  /** The next `size` bytes; fewer only at the end. */
  async read(size: number): Promise<Buffer> {
    let buffer = this.#recycled(size) ?? Buffer.allocUnsafeSlow(Math.min(size, this.#first));
    this.#first = Infinity;
    let filled = 0;
    while (filled < size) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      const used = Math.min(chunk.byteLength, size - filled);
      if (filled + used > buffer.byteLength) buffer = grown(buffer, filled, filled + used, size);
      buffer.set(chunk.subarray(0, used), filled);
      filled += used;
      this.#rest = used < chunk.byteLength ? chunk.subarray(used) : undefined;
    }
    this.#rest ??= await this.#next();
    return buffer.subarray(0, filled);
  }

  /** Gives the memory of a part back. */
  recycle(part: Buffer): void {
    this.#free.push(Buffer.from(part.buffer));
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#rest !== undefined || this.#isEnded) return this.#rest;
    const result = await this.#iterator.next();
    if (result.done !== true) return result.value;
    this.#isEnded = true;
    return undefined;
  }

  #recycled(size: number): Buffer | undefined {
    const buffer = this.#free.pop();
    return buffer !== undefined && buffer.byteLength >= size ? buffer : undefined;
  }
}

const firstBytes = 65_536;

function grown(buffer: Buffer, filled: number, wanted: number, most: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(most, Math.max(wanted, buffer.byteLength * 2)));
  larger.set(buffer.subarray(0, filled));
  return larger;
}
