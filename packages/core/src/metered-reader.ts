import { createHash } from 'node:crypto';
import { FileValidationError, IntegrityError, type FileIssue } from './errors.ts';
import { sizeIssue } from './size-issue.ts';
import type { SourceReader } from './source-reader.ts';

/** Hashing more at once would keep the event loop from everything else. */
const sliceBytes = 1024 * 1024;

/** Options of {@link MeteredReader}. */
export interface MeterOptions {
  /** What messages call the file. */
  readonly subject: string;
  /** The same without quotes. */
  readonly name: string;
  /** Bytes that the source promised. */
  readonly promised?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Looks at bytes as they pass, and answers what is wrong with them. */
export interface ByteWatch {
  pass(chunk: Uint8Array): readonly FileIssue[];
  end(): readonly FileIssue[];
}

/** Counts and hashes the bytes of a source as they pass, and ends the reading where a rule or a signal says so. */
export class MeteredReader implements SourceReader {
  readonly #reader: SourceReader;
  readonly #options: MeterOptions;
  readonly #hash = createHash('sha256');
  #rest: Uint8Array | undefined;
  #count = 0;
  #maxSize: number | undefined;
  #watch: ByteWatch | undefined;
  #sha256: string | undefined;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;
  #interrupt: ((reason: unknown) => void) | undefined;
  #unlisten: (() => void) | undefined;

  constructor(reader: SourceReader, options: MeterOptions) {
    this.#reader = reader;
    this.#options = options;
    const { signal } = options;
    if (signal === undefined) return;
    const listener = (): void => this.abort(signal.reason);
    signal.addEventListener('abort', listener, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', listener);
  }

  /** Why the source, a limit or a signal ended the reading. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Bytes. @throws Error before the end. */
  get size(): number {
    if (this.#sha256 === undefined) throw this.unfinished('size');
    return this.#count;
  }

  /** 64 hexadecimal digits. @throws Error before the end. */
  get sha256(): string {
    if (this.#sha256 === undefined) throw this.unfinished('sha256');
    return this.#sha256;
  }

  /** From now on a byte over this size ends the reading. */
  limit(maxSize: number | undefined): void {
    this.#maxSize = maxSize;
  }

  /** From now on somebody looks at the bytes, who has seen those before. */
  watch(watch: ByteWatch): void {
    this.#watch = watch;
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#sha256 !== undefined) return undefined;
    if (this.#isClosed) throw this.unfinished('rest');
    try {
      const chunk = this.#rest ?? (await this.#interruptible(() => this.#reader.next()));
      if (chunk === undefined) {
        this.#end();
        return undefined;
      }
      this.#rest = chunk.byteLength > sliceBytes ? chunk.subarray(sliceBytes) : undefined;
      const slice = this.#rest === undefined ? chunk : chunk.subarray(0, sliceBytes);
      this.#measure(slice);
      return slice;
    } catch (error) {
      const failure = this.#named(error);
      this.fail(failure);
      throw failure;
    }
  }

  /** Ends the reading at once, also one that waits for a source that hangs. */
  abort(reason: unknown): void {
    if (this.#sha256 !== undefined) return;
    this.fail(reason);
    this.#interrupt?.(reason);
    // Not awaited: a source that hangs may never answer.
    this.close().catch(() => undefined);
  }

  /** Remembers the first reason why the reading cannot go on. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  async close(): Promise<void> {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#rest = undefined;
    this.#isClosed = true;
    await this.#reader.close();
  }

  #measure(chunk: Uint8Array): void {
    const { promised, subject } = this.#options;
    const maxSize = this.#maxSize;
    this.#count += chunk.byteLength;
    if (maxSize !== undefined && this.#count > maxSize) {
      throw new FileValidationError(subject, [sizeIssue(maxSize, promised)]);
    }
    if (promised !== undefined && this.#count > promised) throw this.#broken(promised);
    this.#assertNone(this.#watch?.pass(chunk));
    this.#hash.update(chunk);
  }

  #end(): void {
    const { promised } = this.#options;
    if (promised !== undefined && this.#count !== promised) throw this.#broken(promised);
    this.#assertNone(this.#watch?.end());
    this.#sha256 = this.#hash.digest('hex');
  }

  #assertNone(issues: readonly FileIssue[] | undefined): void {
    if (issues === undefined || issues.length === 0) return;
    throw new FileValidationError(this.#options.subject, issues);
  }

  /** A source that refuses itself, such as a part that was cut short, does not know its field. */
  #named(error: unknown): unknown {
    const { subject } = this.#options;
    if (!(error instanceof FileValidationError) || error.subject === subject) return error;
    return new FileValidationError(subject, error.issues, { cause: error });
  }

  #broken(promised: number): IntegrityError {
    const found = { expected: `${promised} bytes`, received: `${this.#count} bytes` };
    return new IntegrityError('read', { name: this.#options.name }, found);
  }

  /** The error of asking for what only the end tells. */
  unfinished(what: string): Error {
    return new Error(
      `Cannot read the ${what} of ${this.#options.subject}: not every byte of the source was read`,
    );
  }

  async #interruptible<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // Before the work begins: a source may abort its own reading.
    this.#interrupt = reject;
    work().then(resolve, reject);
    try {
      return await promise;
    } finally {
      this.#interrupt = undefined;
    }
  }
}
