import type { BusboyFileStream } from '@fastify/busboy';

/** The bytes of one file of a form, to be read once while it is their turn. */
export class PartBytes implements AsyncIterable<Uint8Array> {
  readonly #stream: BusboyFileStream;
  readonly #name: string;
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #state: 'waiting' | 'reading' | 'passed' = 'waiting';
  #failure: { readonly error: unknown } | undefined;

  constructor(stream: BusboyFileStream, name: string) {
    this.#stream = stream;
    this.#name = name;
    // Nobody may be reading when the form breaks; who reads later gets the error.
    stream.on('error', () => undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#assertWhole();
    if (this.#state !== 'waiting') throw this.#passed();
    this.#state = 'reading';
    try {
      // Left open where the reader stops early: the parser waits for the end of what it began.
      yield* this.#stream.iterator({ destroyOnReturn: false });
    } catch (error) {
      this.#assertWhole();
      throw error;
    } finally {
      this.#ended.resolve();
    }
    this.#assertWhole();
  }

  /** Lets the form go on, once whoever reads these bytes has ended; afterwards nobody can begin. */
  async pass(): Promise<void> {
    if (this.#state === 'reading') await this.#ended.promise;
    this.#state = 'passed';
    this.#stream.resume();
  }

  /** Ends the reading: what arrived so far is no file. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stream.destroy();
  }

  #assertWhole(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #passed(): Error {
    return new TypeError(
      `Cannot read the file of ${JSON.stringify(this.#name)}: its bytes pass once, before the form goes on; ` +
        'store it before you ask for the next part',
    );
  }
}
