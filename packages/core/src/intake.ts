import { FileValidationError, type FileIssue } from './errors.ts';
import type { FileSource } from './file-storage.ts';
import { detectType, headBytes } from './file-type.ts';
import { shownName } from './hidden-form.ts';
import { MeteredReader, type ByteWatch } from './metered-reader.ts';
import { emptyIssue, sizeIssue } from './size-issue.ts';
import { isRereadable, openSource, sourceFacts } from './source.ts';

/** What is known of a file before its bytes are stored. */
export interface IntakeFacts {
  /** What the user called the file. */
  readonly filename: string | undefined;
  /** Media type, found from the bytes, then from the extension, then as declared. */
  readonly type: string;
  /** Bytes; `undefined` where only the end will tell. */
  readonly knownSize: number | undefined;
  /** The first 4,100 bytes, or all where there are fewer. */
  readonly head: Uint8Array;
}

/** Options of {@link Intake.open}. */
export interface IntakeOptions {
  /** What the user called the file. Default: what the source says (a `File`, a path). */
  readonly filename?: string | undefined;
  /** Media type as declared by the sender; the last resort. Default: what the source says. */
  readonly type?: string | undefined;
  /** Largest size in bytes. Default: no limit. */
  readonly maxSize?: number | undefined;
  /** `false` refuses a file of no bytes. Default `true`. */
  readonly allowEmpty?: boolean | undefined;
  /** Further rules: answers what is wrong with the file, before a byte of it is stored. */
  readonly check?:
    | ((facts: IntakeFacts) => readonly FileIssue[] | Promise<readonly FileIssue[]>)
    | undefined;
  /** Who looks at the bytes as they pass, and ends the reading where something is wrong with them. */
  readonly watch?: ((facts: IntakeFacts) => ByteWatch | undefined) | undefined;
  /** What messages call the file, such as `User.avatar`. Default: its filename. */
  readonly subject?: string | undefined;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A source on its one way into a storage: its type is known when it opens; its size and SHA-256 when its last byte has
 * passed. Nothing but the head is copied, and no more is held than the chunk on its way.
 */
export class Intake implements AsyncIterable<Uint8Array>, IntakeFacts {
  readonly filename: string | undefined;
  readonly type: string;
  readonly knownSize: number | undefined;
  readonly head: Uint8Array;
  /** Whether {@link again} can start at the first byte. */
  readonly isRereadable: boolean;
  readonly #source: FileSource;
  readonly #options: IntakeOptions;
  readonly #reader: MeteredReader;
  readonly #peeked: Uint8Array[];
  #isRead = false;

  private constructor(source: FileSource, options: IntakeOptions, facts: IntakeFacts, peek: Peek) {
    this.filename = facts.filename;
    this.type = facts.type;
    this.knownSize = facts.knownSize;
    this.head = facts.head;
    this.isRereadable = isRereadable(source);
    this.#source = source;
    this.#options = options;
    this.#reader = peek.reader;
    this.#peeked = peek.chunks;
  }

  /**
   * Reads the head of a source, finds its type and checks what can be known so far. An intake is answered as it is.
   * @throws {@link FileValidationError} with everything that is wrong with the file.
   * @throws TypeError when the source is no bytes, or a stream that was read before.
   */
  static async open(source: FileSource, options: IntakeOptions = {}): Promise<Intake> {
    if (source instanceof Intake) return source;
    const { maxSize, signal } = options;
    signal?.throwIfAborted();
    const { size: promised, ...told } = sourceFacts(source);
    const filename = options.filename ?? told.filename;
    const subject =
      options.subject ??
      (filename === undefined ? 'the file' : JSON.stringify(shownName(filename)));
    const reader = new MeteredReader(openSource(source), {
      subject,
      name: options.subject ?? filename ?? 'the file',
      promised,
      signal,
    });
    try {
      const peek = await peekAt(reader, promised === undefined ? maxSize : undefined);
      const knownSize = promised ?? peek.size;
      const declared = options.type ?? told.type;
      const type = await detectType({ head: peek.head, filename, declared });
      const facts = { filename, type, knownSize, head: peek.head };
      // A limit that is broken already is reported together with everything else.
      const watch = options.watch?.(facts);
      const issues = [
        ...(await findIssues(facts, knownSize ?? peek.held, options)),
        ...peek.chunks.flatMap((chunk) => watch?.pass(chunk) ?? []),
        ...((peek.size === undefined ? undefined : watch?.end()) ?? []),
      ];
      if (issues.length > 0) throw new FileValidationError(subject, issues);
      reader.limit(maxSize);
      if (watch !== undefined && peek.size === undefined) reader.watch(watch);
      return new Intake(source, options, facts, peek);
    } catch (error) {
      reader.fail(error);
      await reader.close();
      throw error;
    }
  }

  /** Whether somebody began to take the bytes. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Why the source, a limit or an abort ended the reading; `undefined` while all is well. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#reader.failure;
  }

  /** Bytes that passed. @throws Error before the end. */
  get size(): number {
    this.#assertPassed('size');
    return this.#reader.size;
  }

  /** SHA-256 of the bytes, 64 hexadecimal digits. @throws Error before the end. */
  get sha256(): string {
    this.#assertPassed('sha256');
    return this.#reader.sha256;
  }

  /** Bytes that the object takes: told by a storage that compresses them on their way. */
  storedSize: number | undefined;

  /** Opens the source anew, under the same rules. @throws TypeError when it is a stream. */
  async again(): Promise<Intake> {
    return Intake.open(this.#source, this.#options);
  }

  /** The bytes, once; who stops early closes the source. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#isRead) {
      throw new TypeError(
        'Cannot read the intake again: its bytes pass once, again() opens the source anew',
      );
    }
    this.#isRead = true;
    return {
      next: async () => {
        const failure = this.failure;
        if (failure !== undefined) throw failure.error;
        const value = this.#peeked.shift() ?? (await this.#reader.next());
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** Ends the reading at once: whoever reads gets the reason. */
  abort(reason: unknown): void {
    this.#reader.abort(reason);
  }

  /** Lets go of the source; what was not read stays unread. */
  async close(): Promise<void> {
    await this.#reader.close();
  }

  /** A short source ended within its head, and nobody has taken it from there. */
  #assertPassed(what: string): void {
    if (!this.#isRead || this.#peeked.length > 0) throw this.#reader.unfinished(what);
  }
}

interface Peek {
  readonly reader: MeteredReader;
  readonly chunks: Uint8Array[];
  readonly head: Uint8Array;
  /** Bytes that were read. */
  readonly held: number;
  /** Where the source ended within the head. */
  readonly size: number | undefined;
}

/** Reads the head, or less where a limit is broken before. */
async function peekAt(reader: MeteredReader, maxSize = Infinity): Promise<Peek> {
  const chunks: Uint8Array[] = [];
  let held = 0;
  let isEnded = false;
  while (held < headBytes && held <= maxSize) {
    const chunk = await reader.next();
    isEnded = chunk === undefined;
    if (chunk === undefined) break;
    held += chunk.byteLength;
    // A source may use its memory again once the next chunk is asked for.
    chunks.push(held < headBytes ? new Uint8Array(chunk) : chunk);
  }
  const [first] = chunks;
  const all = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  const size = isEnded ? held : undefined;
  return { reader, chunks, head: all.subarray(0, headBytes), held, size };
}

async function findIssues(
  facts: IntakeFacts,
  leastSize: number,
  options: IntakeOptions,
): Promise<FileIssue[]> {
  const { maxSize, allowEmpty = true, check } = options;
  const { knownSize } = facts;
  const issues: FileIssue[] = [];
  if (knownSize === 0 && !allowEmpty) issues.push(emptyIssue());
  if (maxSize !== undefined && leastSize > maxSize) {
    issues.push(sizeIssue(maxSize, knownSize));
  }
  issues.push(...((await check?.(facts)) ?? []));
  return issues;
}
