import { fileURLToPath } from 'node:url';
import type { VerifyOptions } from './field-file-options.ts';
import { writePath } from './path-writer.ts';
import { collect, rechunk, splitLines } from './reading.ts';

/** The bytes of a file in every shape that somebody may want. */
export abstract class FileContent {
  abstract get type(): string | undefined;

  /** The bytes, or a range of them, from the start again with every call. */
  protected abstract read(options: VerifyOptions): AsyncGenerator<Uint8Array>;

  /** The bytes, or a range of them; a stream that ends has given all of it. */
  stream(options: VerifyOptions = {}): ReadableStream<Uint8Array> {
    return ReadableStream.from(this.read(options));
  }

  /**
   * The bytes in chunks of exactly `size` bytes (default 64 KiB), the last one shorter; every loop over them starts anew.
   * @throws RangeError when the size is not a positive integer.
   */
  chunks(size = 65_536, options: VerifyOptions = {}): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => rechunk(this.read(options), size) };
  }

  /** The lines of a UTF-8 text without their ends (`\n`, `\r\n`, `\r`); every loop over them starts anew. */
  lines(options: VerifyOptions = {}): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => splitLines(this.read(options)) };
  }

  /** The bytes, or a range of them, in memory. */
  async bytes(options: VerifyOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return collect(this.read(options));
  }

  /** The bytes as UTF-8 text, without a byte order mark. */
  async text(options: VerifyOptions = {}): Promise<string> {
    return new TextDecoder().decode(await this.bytes(options));
  }

  /** The bytes parsed as JSON. @throws SyntaxError when they are none. */
  async json(options: VerifyOptions = {}): Promise<unknown> {
    return JSON.parse(await this.text(options));
  }

  /** The bytes as a `Blob` with the file's type, in memory. */
  async blob(options: VerifyOptions = {}): Promise<Blob> {
    return new Blob([await this.bytes(options)], { type: this.type ?? '' });
  }

  /** Writes the bytes to a file of this machine, replacing what it held: all of them, or it is left as it was. */
  async saveTo(path: string | URL, options: VerifyOptions = {}): Promise<void> {
    await writePath(typeof path === 'string' ? path : fileURLToPath(path), this.read(options));
  }
}
