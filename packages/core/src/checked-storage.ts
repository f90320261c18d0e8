import { assertUpload } from './checked-upload.ts';
import type { UploadGrant, UploadRequest, UploadStep } from './direct-upload.ts';
import { reasonOf, withoutPath } from './disk-error.ts';
import {
  FileExistsError,
  FileFieldError,
  FileNotFoundError,
  IntegrityError,
  StorageError,
  UnsupportedOperationError,
} from './errors.ts';
import { failuresOf } from './failures-of.ts';
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
} from './file-storage.ts';
import { FileWriteStream } from './file-write-stream.ts';
import {
  assertListable,
  assertReadable,
  assertReclaimable,
  assertWritable,
  checkedRange,
  isListed,
  isUnfinishedName,
} from './storage-names.ts';
import { Intake } from './intake.ts';
import { sortedLevel, walkLevels } from './listing.ts';
import type { ByteRange, Level, WriteOptions } from './object-primitives.ts';
import { objectStream, type ObjectBody } from './object-stream.ts';
import { saveObject } from './save-object.ts';

/**
 * The rules that every storage keeps, so that a subclass supplies only a few primitives: names are checked before,
 * between and after; sources are counted, hashed and typed on their way; an object that is read gives every byte or an
 * error; whatever the backend throws becomes a `StorageError`. The primitives get checked names only.
 */
export abstract class CheckedStorage implements FileStorage {
  alias?: string | undefined;
  abstract readonly location: string;
  /** Default `private`. */
  readonly visibility: 'private' | 'public' = 'private';
  /** Default: nothing that a storage need not do; names are case-sensitive. */
  readonly capabilities: StorageCapabilities = {
    path: false,
    signedUrls: false,
    directUpload: false,
    serverSideCopy: false,
    conditionalWrite: { put: false, complete: false, copy: false },
    caseSensitive: true,
  };

  /**
   * Whether {@link writeObject} can find out that a name is taken when it holds all bytes, and then uses `nextName`.
   * Default `false`: a source that is read once gets a random suffix from the start when renaming is allowed.
   */
  protected readonly picksNames: boolean = false;

  /**
   * Writes the whole object durably or leaves nothing; answers the name it has.
   * @throws {@link FileExistsError} when the name is taken and neither `overwrite` nor `nextName` helps.
   */
  protected abstract writeObject(
    name: string,
    bytes: Intake,
    options: WriteOptions,
  ): Promise<string>;

  /** Starts to read; `undefined` when there is no such object. */
  protected abstract readObject(name: string, range: ByteRange): Promise<ObjectBody | undefined>;

  /** `undefined` when there is no such object. */
  protected abstract statObject(name: string): Promise<FileStat | undefined>;

  /** Removes the object; a missing one is no error. */
  protected abstract removeObject(name: string): Promise<void>;

  /** What lies right below a directory (`''`: the top, else without a trailing slash); unknown: empty. */
  protected abstract listLevel(directory: string): Promise<Level>;

  /** Removes what unfinished writes of the name left. Default: nothing is left. */
  protected async removeUnfinished(_name: string): Promise<void> {}

  /** {@link removeUnfinished} for many names; answers what failed. Default: one by one, 16 at a time. */
  protected async removeAllUnfinished(names: readonly string[]): Promise<Map<string, unknown>> {
    return failuresOf(names, async (name) => this.removeUnfinished(name));
  }

  /** Removes objects after {@link removeUnfinished}; answers what failed. Default: one by one, 16 at a time. */
  protected async removeObjects(names: readonly string[]): Promise<Map<string, unknown>> {
    return failuresOf(names, async (name) => this.removeObject(name));
  }

  /** Default: reads and writes through this process. Same errors as {@link copy}. */
  protected async copyObject(from: string, to: string, options: WriteOptions): Promise<void> {
    const { signal } = options;
    const body = await this.readObject(from, { start: 0, end: Infinity, signal });
    if (body === undefined) throw this.missing('copy', from);
    const intake = await Intake.open(this.#stream(from, body, signal), { filename: to, signal });
    try {
      await this.writeObject(to, intake, options);
    } finally {
      await intake.close();
    }
  }

  /** Default: {@link copyObject}, then {@link removeObject} unless the names differ only in case and that is ignored. */
  protected async moveObject(from: string, to: string, options: WriteOptions): Promise<void> {
    await this.copyObject(from, to, options);
    const isOne = !this.capabilities.caseSensitive && from.toLowerCase() === to.toLowerCase();
    if (!isOne) await this.removeObject(from);
  }

  /** Every object below a directory, in UTF-8 byte order. Default: level by level through {@link listLevel}. */
  protected walkObjects(directory: string): AsyncIterable<FileStat> {
    return walkLevels(directory, async (level) => this.listLevel(level));
  }

  /** What unfinished writes left, running ones too. Default: nothing is left. */
  protected async *unfinishedWrites(): AsyncGenerator<UnfinishedWrite> {}

  /** Default: there are no URLs. */
  protected urlOf(_name: string, _options: UrlOptions): string {
    throw new UnsupportedOperationError('make a URL', this.alias, 'the storage has none');
  }

  /** Default: URLs do not end. */
  protected urlEndOf(_name: string, _options: UrlOptions): Date | undefined {
    return undefined;
  }

  /** Signs a step of a direct upload; the grant is checked. Default: there are none. */
  protected async uploadRequest(_grant: UploadGrant, _step: UploadStep): Promise<UploadRequest> {
    const reason = 'the storage takes none, pass the file through the application';
    throw new UnsupportedOperationError('create a direct upload', this.alias, reason);
  }

  /** Default: there are no paths. */
  protected pathOf(_name: string): string {
    const reason = 'its objects are not files of this machine, use open()';
    throw new UnsupportedOperationError('give a path', this.alias, reason);
  }

  /** Why the backend failed, in words that are fit for a message: no credential, no path. Default: what the operating system says. */
  protected reasonFor(error: unknown): string {
    return reasonOf(error);
  }

  /** The error of an object that is not there. */
  protected missing(operation: string, name: string): FileNotFoundError {
    return new FileNotFoundError(operation, { storage: this.alias, name });
  }

  /** The error of a name that is taken. */
  protected taken(operation: string, name: string): FileExistsError {
    return new FileExistsError(operation, { storage: this.alias, name });
  }

  async save(name: string, source: FileSource, options: SaveOptions = {}): Promise<StoredFile> {
    assertWritable(name, options);
    return saveObject(
      {
        picksNames: this.picksNames,
        write: async (free, intake, how) => this.writeObject(free, intake, how),
        translate: (error) => this.#translate('save', name, error),
      },
      name,
      source,
      options,
    );
  }

  createWriteStream(name: string, options: SaveOptions = {}): FileWriteStream {
    assertWritable(name, options);
    return new FileWriteStream(async (bytes, aborted) => {
      const { signal = aborted } = options;
      return this.save(name, bytes, { ...options, signal: AbortSignal.any([signal, aborted]) });
    });
  }

  async open(name: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    assertReadable(name, options);
    const range = checkedRange(name, options);
    const { signal } = options;
    const read = async (): Promise<ObjectBody | undefined> => this.readObject(name, range);
    const body = await this.#attempt('open', name, read, signal);
    if (body === undefined) throw this.missing('open', name);
    if (options.etag !== undefined) await this.#assertVersion(name, body, options.etag);
    return this.#stream(name, body, signal);
  }

  async stat(name: string): Promise<FileStat> {
    const found = await this.#find('stat', name);
    if (found === undefined) throw this.missing('stat', name);
    return found;
  }

  async exists(name: string): Promise<boolean> {
    return (await this.#find('stat', name)) !== undefined;
  }

  async size(name: string): Promise<number> {
    return (await this.stat(name)).size;
  }

  path(name: string): string {
    assertReadable(name);
    return this.pathOf(name);
  }

  async delete(name: string): Promise<void> {
    assertReadable(name);
    await this.#attempt('delete', name, async () => this.removeObject(name));
  }

  async deleteMany(names: readonly string[]): Promise<void> {
    for (const name of names) assertReadable(name);
    this.#report('delete', await this.removeObjects(names));
  }

  async reclaim(names: readonly string[]): Promise<void> {
    for (const name of names) assertReclaimable(name);
    // First what is unfinished, so that a late writer finds its bytes gone and cannot complete them behind us.
    const unfinished = await this.removeAllUnfinished(names);
    const objects = await this.removeObjects(names.filter((name) => !isUnfinishedName(name)));
    this.#report('reclaim', new Map([...unfinished, ...objects]));
  }

  async discardUnfinished(names: readonly string[]): Promise<void> {
    for (const name of names) assertReclaimable(name);
    this.#report('discard', await this.removeAllUnfinished(names));
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    await this.#transfer('copy', from, to, options);
  }

  async move(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    await this.#transfer('move', from, to, options);
  }

  async list(prefix = ''): Promise<Listing> {
    const directory = assertListable(prefix);
    const level = await this.#attempt('list', prefix, async () => this.listLevel(directory));
    return sortedLevel(directory, level);
  }

  async *walk(prefix = ''): AsyncGenerator<FileStat> {
    const directory = assertListable(prefix);
    try {
      for await (const file of this.walkObjects(directory)) if (isListed(file.name)) yield file;
    } catch (error) {
      throw this.#translate('list', prefix, error);
    }
  }

  async *unfinished(): AsyncGenerator<UnfinishedWrite> {
    try {
      for await (const write of this.unfinishedWrites()) {
        if (isUnfinishedName(write.name) || isListed(write.name)) yield write;
      }
    } catch (error) {
      throw this.#translate('list', '', error);
    }
  }

  url(name: string, options: UrlOptions = {}): string {
    assertReadable(name);
    return this.urlOf(name, options);
  }

  urlExpiresAt(name: string, options: UrlOptions = {}): Date | undefined {
    assertReadable(name);
    return this.urlEndOf(name, options);
  }

  async createUpload(
    grant: UploadGrant,
    step: UploadStep = { kind: 'form' },
  ): Promise<UploadRequest> {
    assertUpload(grant, step);
    const sign = async (): Promise<UploadRequest> => this.uploadRequest(grant, step);
    return this.#attempt('create an upload of', grant.name, sign);
  }

  #stream(name: string, body: ObjectBody, signal?: AbortSignal): ReadableStream<Uint8Array> {
    const translate = (error: unknown): unknown => this.#translate('read', name, error);
    return objectStream(body, { storage: this.alias, name, signal, translate });
  }

  async #assertVersion(name: string, body: ObjectBody, etag: string): Promise<void> {
    const found = body.etag ?? (await this.#find('open', name))?.etag;
    if (found === etag) return;
    await body.bytes[Symbol.asyncIterator]().return?.();
    const told = { expected: `ETag ${etag}`, received: `ETag ${found}` };
    throw new IntegrityError('open', { storage: this.alias, name }, told);
  }

  async #find(operation: string, name: string): Promise<FileStat | undefined> {
    assertReadable(name);
    return this.#attempt(operation, name, async () => this.statObject(name));
  }

  async #transfer(
    operation: 'copy' | 'move',
    from: string,
    to: string,
    options: CopyOptions,
  ): Promise<void> {
    assertReadable(from, options);
    assertWritable(to, options);
    const { overwrite = false, uploadId, signal } = options;
    const how = { overwrite, uploadId, signal };
    const work = async (): Promise<void> => {
      if (from === to) await this.#stay(operation, from, overwrite);
      else if (operation === 'copy') await this.copyObject(from, to, how);
      else await this.moveObject(from, to, how);
    };
    await this.#attempt(operation, from, work, signal);
  }

  async #stay(operation: string, name: string, overwrite: boolean): Promise<void> {
    if ((await this.statObject(name)) === undefined) throw this.missing(operation, name);
    if (!overwrite) throw this.taken(operation, name);
  }

  async #attempt<T>(
    operation: string,
    name: string,
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw this.#translate(operation, name, error);
    }
  }

  #translate(operation: string, name: string, error: unknown): unknown {
    if (error instanceof FileFieldError) return error;
    const about = { storage: this.alias, name };
    return new StorageError(operation, about, this.reasonFor(error), { cause: withoutPath(error) });
  }

  #report(operation: string, failures: ReadonlyMap<string, unknown>): void {
    if (failures.size === 0) return;
    const errors = [...failures].map(([name, error]) => this.#translate(operation, name, error));
    throw new AggregateError(errors, `Cannot ${operation} ${errors.length} files`);
  }
}
