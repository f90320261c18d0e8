import type {
  ServedUrls,
  UploadGrant,
  UploadReceiver,
  UploadRequest,
  UploadStep,
} from '../direct-upload.ts';
import { StorageError } from '../errors.ts';
import type {
  CopyOptions,
  FileSource,
  FileStat,
  FileStorage,
  Listing,
  ReadOptions,
  SaveOptions,
  StorageCapabilities,
  StoredFile,
  UnfinishedWrite,
  UrlOptions,
} from '../file-storage.ts';
import { FileWriteStream } from '../file-write-stream.ts';
import { Intake } from '../intake.ts';

/** The operations that {@link failingStorage} can break. */
export type StorageOperation =
  | 'save'
  | 'open'
  | 'stat'
  | 'exists'
  | 'size'
  | 'delete'
  | 'deleteMany'
  | 'reclaim'
  | 'copy'
  | 'copyFrom'
  | 'move'
  | 'list'
  | 'walk'
  | 'createUpload'
  | 'ready'
  | 'close';

/** Something that goes wrong. */
export interface StorageFault {
  readonly operation: StorageOperation;
  /** Which matching call, from 1. Default: every one. */
  readonly call?: number | undefined;
  /** Only calls about this object; of `deleteMany` and `reclaim` only this object fails, the others are removed. Default: all. */
  readonly name?: string | undefined;
  /** `before` or `after` the operation has its effect, or `during` it: of `save` and `open`, after {@link afterBytes}. Default `before`. */
  readonly when?: 'before' | 'during' | 'after' | undefined;
  /** Bytes that pass before a fault `during` the operation. Default 0. */
  readonly afterBytes?: number | undefined;
  /** `hang` waits for {@link FailingStorage.release} or the call's signal, then goes on. Default `fail`. */
  readonly effect?: 'fail' | 'hang' | undefined;
  /** What is thrown. Default: a `StorageError`. */
  readonly error?: unknown;
}

/** A call that a {@link FailingStorage} got. */
export interface StorageCall {
  readonly operation: StorageOperation;
  /** The objects that it was about. */
  readonly names: readonly string[];
}

/** A storage that fails or hangs where its faults say, and otherwise does what the one below it does. */
export interface FailingStorage extends FileStorage {
  /** Every call so far, failed ones too. */
  readonly calls: readonly StorageCall[];
  /** Counts from here: what was called so far is no call of any fault. */
  forgetCalls(): void;
  /** Lets everything go on that hangs. */
  release(): void;
}

/** Wraps a storage; faults are looked up at each call, so an array that is kept may be changed. */
export function failingStorage(
  storage: FileStorage,
  faults: readonly StorageFault[] = [],
): FailingStorage {
  return new FaultyStorage(storage, faults);
}

class FaultyStorage implements FailingStorage {
  readonly calls: StorageCall[] = [];
  /** There where the storage has it. */
  readonly copyFrom?: NonNullable<FileStorage['copyFrom']>;
  readonly #storage: FileStorage;
  readonly #faults: readonly StorageFault[];
  #released: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(storage: FileStorage, faults: readonly StorageFault[]) {
    this.#storage = storage;
    this.#faults = faults;
    const copyFrom = storage.copyFrom?.bind(storage);
    if (copyFrom === undefined) return;
    this.copyFrom = async (origin, from, to, options = {}) => {
      const run = this.#begin('copyFrom', [from, to], options.signal);
      // A storage recognises its own kind only bare; faults of the origin strike nothing that its server does.
      const bare = origin instanceof FaultyStorage ? origin.#storage : origin;
      return await run.around(() => copyFrom(bare, from, to, options));
    };
  }

  forgetCalls(): void {
    this.calls.length = 0;
  }

  get alias(): string | undefined {
    return this.#storage.alias;
  }

  set alias(alias: string | undefined) {
    this.#storage.alias = alias;
  }

  get location(): string {
    return this.#storage.location;
  }

  get parts(): readonly FileStorage[] | undefined {
    return this.#storage.parts;
  }

  get visibility(): 'private' | 'public' {
    return this.#storage.visibility;
  }

  get capabilities(): StorageCapabilities {
    return this.#storage.capabilities;
  }

  release(): void {
    this.#released.resolve();
    this.#released = Promise.withResolvers();
  }

  async save(name: string, source: FileSource, options: SaveOptions = {}): Promise<StoredFile> {
    const { signal } = options;
    const run = this.#begin('save', [name], signal);
    if (run.during === undefined) {
      return await run.around(() => this.#storage.save(name, source, options));
    }
    const filename = options.filename ?? name.slice(name.lastIndexOf('/') + 1);
    const intake = await Intake.open(source, { ...options, filename });
    const broken = this.#broken(intake, run.during, name, signal);
    const asFound = { ...options, filename, type: intake.type };
    return await run.around(() => this.#storage.save(name, broken, asFound));
  }

  createWriteStream(name: string, options: SaveOptions = {}): FileWriteStream {
    return new FileWriteStream(async (bytes, aborted) => {
      const { signal = aborted } = options;
      return this.save(name, bytes, { ...options, signal: AbortSignal.any([signal, aborted]) });
    });
  }

  async open(name: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const run = this.#begin('open', [name], options.signal);
    const stream = await run.around(() => this.#storage.open(name, options));
    if (run.during === undefined) return stream;
    return ReadableStream.from(this.#broken(stream, run.during, name, options.signal));
  }

  async stat(name: string): Promise<FileStat> {
    return await this.#begin('stat', [name]).around(() => this.#storage.stat(name));
  }

  async exists(name: string): Promise<boolean> {
    return await this.#begin('exists', [name]).around(() => this.#storage.exists(name));
  }

  async size(name: string): Promise<number> {
    return await this.#begin('size', [name]).around(() => this.#storage.size(name));
  }

  async delete(name: string): Promise<void> {
    await this.#begin('delete', [name]).around(() => this.#storage.delete(name));
  }

  async deleteMany(names: readonly string[]): Promise<void> {
    await this.#removeMany('deleteMany', names, (rest) => this.#storage.deleteMany(rest));
  }

  async reclaim(names: readonly string[]): Promise<void> {
    await this.#removeMany('reclaim', names, (rest) => this.#storage.reclaim(rest));
  }

  async discardUnfinished(names: readonly string[]): Promise<void> {
    await this.#storage.discardUnfinished?.(names);
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    const run = this.#begin('copy', [from, to], options.signal);
    await run.around(() => this.#storage.copy(from, to, options));
  }

  async move(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    const run = this.#begin('move', [from, to], options.signal);
    await run.around(() => this.#storage.move(from, to, options));
  }

  async list(prefix?: string): Promise<Listing> {
    return await this.#begin('list', [prefix ?? '']).around(() => this.#storage.list(prefix));
  }

  async *walk(prefix?: string): AsyncGenerator<FileStat> {
    const run = this.#begin('walk', [prefix ?? '']);
    await run.around(() => Promise.resolve());
    yield* this.#storage.walk(prefix);
  }

  async *unfinished(): AsyncGenerator<UnfinishedWrite> {
    yield* this.#storage.unfinished?.() ?? [];
  }

  path(name: string): string {
    return this.#storage.path(name);
  }

  url(name: string, options?: UrlOptions): string {
    return this.#storage.url(name, options);
  }

  urlExpiresAt(name: string, options?: UrlOptions): Date | undefined {
    return this.#storage.urlExpiresAt?.(name, options);
  }

  get served(): ServedUrls | undefined {
    return this.#storage.served;
  }

  get uploads(): UploadReceiver | undefined {
    return this.#storage.uploads;
  }

  async createUpload(grant: UploadGrant, step?: UploadStep): Promise<UploadRequest> {
    const run = this.#begin('createUpload', [grant.name]);
    return await run.around(() => this.#storage.createUpload(grant, step));
  }

  async ready(): Promise<void> {
    await this.#begin('ready', []).around(() => this.#storage.ready?.() ?? Promise.resolve());
  }

  async close(): Promise<void> {
    await this.#begin('close', []).around(() => this.#storage.close?.() ?? Promise.resolve());
  }

  async #removeMany(
    operation: 'deleteMany' | 'reclaim',
    names: readonly string[],
    remove: (names: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const run = this.#begin(operation, names);
    const failed = run.failing;
    if (failed.size === 0) {
      await run.around(() => remove(names));
      return;
    }
    await remove(names.filter((name) => !failed.has(name)));
    throw new AggregateError(failed.values(), `Cannot ${operation} ${failed.size} files`);
  }

  #begin(operation: StorageOperation, names: readonly string[], signal?: AbortSignal): FaultyRun {
    this.calls.push({ operation, names });
    const active = this.#faults.filter((fault) => this.#strikes(fault, operation, names));
    const isMany = operation === 'deleteMany' || operation === 'reclaim';
    const single = isMany ? active.filter((fault) => fault.name !== undefined) : [];
    const failing = new Map(
      single.map((fault) => [fault.name ?? '', this.#error(fault, fault.name)] as const),
    );
    const at = async (when: StorageFault['when']): Promise<void> => {
      const fault = active.find((one) => !single.includes(one) && (one.when ?? 'before') === when);
      if (fault !== undefined) await this.#strike(fault, names[0], signal);
    };
    return {
      failing,
      during: active.find((fault) => fault.when === 'during'),
      async around(work) {
        await at('before');
        const result = await work();
        await at('after');
        return result;
      },
    };
  }

  #strikes(fault: StorageFault, operation: StorageOperation, names: readonly string[]): boolean {
    const isAbout = (call: StorageCall): boolean =>
      call.operation === fault.operation &&
      (fault.name === undefined || call.names.includes(fault.name));
    if (!isAbout({ operation, names })) return false;
    return fault.call === undefined || this.calls.filter(isAbout).length === fault.call;
  }

  async #strike(
    fault: StorageFault,
    name: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (fault.effect !== 'hang') throw this.#error(fault, name);
    await Promise.race([this.#released.promise, rejectOnAbort(signal)]);
  }

  #error(fault: StorageFault, name: string | undefined): unknown {
    const about = { storage: this.alias, name };
    return fault.error ?? new StorageError(fault.operation, about, 'a fault was ordered');
  }

  async *#broken(
    source: AsyncIterable<Uint8Array>,
    fault: StorageFault,
    name: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    let left = fault.afterBytes ?? 0;
    let isDue = true;
    for await (const chunk of source) {
      let rest = chunk;
      if (isDue && rest.byteLength >= left) {
        if (left > 0) yield rest.subarray(0, left);
        rest = rest.subarray(left);
        isDue = false;
        await this.#strike(fault, name, signal);
      }
      left -= rest.byteLength;
      if (rest.byteLength > 0) yield rest;
    }
    if (isDue) await this.#strike(fault, name, signal);
  }
}

interface FaultyRun {
  /** The objects of a removal that are to fail, with their errors. */
  readonly failing: ReadonlyMap<string, unknown>;
  readonly during: StorageFault | undefined;
  readonly around: <T>(work: () => Promise<T>) => Promise<T>;
}

async function rejectOnAbort(signal: AbortSignal | undefined): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  if (signal?.aborted === true) throw signal.reason;
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  await promise;
}
