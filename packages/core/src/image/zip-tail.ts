import { latin1 } from './byte-steps.ts';

/** A zip's last record and the longest comment after it (APPNOTE 4.3.16): whatever a zip is hidden in, it ends so. */
const tailBytes = 22 + 65_535;

/** Keeps the last bytes of a file, in which a zip archive would say that it is one. */
export class ZipTail {
  // Room for two, so that it is seldom moved, however small the chunks are.
  readonly #bytes = new Uint8Array(tailBytes * 2);
  #end = 0;

  pass(chunk: Uint8Array): void {
    const last = chunk.subarray(-tailBytes);
    if (this.#end + last.byteLength > this.#bytes.byteLength) {
      const kept = tailBytes - last.byteLength;
      this.#bytes.copyWithin(0, this.#end - kept, this.#end);
      this.#end = kept;
    }
    this.#bytes.set(last, this.#end);
    this.#end += last.byteLength;
  }

  /** Whether the bytes that passed end in this text. */
  endsIn(text: string): boolean {
    return latin1(this.#tail().subarray(-text.length)) === text;
  }

  /** Whether programs that unpack archives find one; they read over what follows it. */
  get isZip(): boolean {
    const bytes = this.#tail();
    for (
      let at = bytes.lastIndexOf(endRecord);
      at !== -1;
      at = bytes.lastIndexOf(endRecord, at - 1)
    ) {
      if (
        at + 22 <= bytes.byteLength &&
        at + 22 + bytes.readUInt16LE(at + 20) <= bytes.byteLength
      ) {
        const [disk, start] = [bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)];
        if (disk === 0 && start === 0) return true;
      }
      if (at === 0) return false;
    }
    return false;
  }

  #tail(): Buffer {
    const start = Math.max(0, this.#end - tailBytes);
    return Buffer.from(this.#bytes.buffer, start, this.#end - start);
  }
}

const endRecord = Buffer.from('PK\u0005\u0006', 'latin1');
