import { hash } from 'node:crypto';

const blockSize = 64;

/**
 * A key that makes HMAC-SHA-256 codes of short texts, twice as fast as `createHmac`, which makes a stream for each.
 * RFC 2104: `H(K xor opad, H(K xor ipad, text))`.
 */
export class HmacKey {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /**
   * @param key At most 64 bytes; longer ones would have to be hashed first.
   * @param longest The most bytes that a text has.
   */
  constructor(key: Uint8Array, longest = 1024) {
    this.#inner = Buffer.alloc(blockSize + longest, 0x36);
    this.#outer = Buffer.alloc(blockSize + 32, 0x5c);
    for (const [index, byte] of key.entries()) {
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
  }

  /** The code of an ASCII text, 64 hexadecimal digits. */
  sign(text: string): string {
    const length = this.#inner.write(text, blockSize, 'latin1');
    const inner = hash('sha256', this.#inner.subarray(0, blockSize + length), 'buffer');
    this.#outer.set(inner, blockSize);
    return hash('sha256', this.#outer);
  }
}
