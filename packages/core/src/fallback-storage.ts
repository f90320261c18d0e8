import { assertUpload } from './checked-upload.ts';
import type {
  ServedUrls,
  UploadGrant,
  UploadReceiver,
  UploadRequest,
  UploadStep,
} from './direct-upload.ts';
import { FileExistsError, FileNotFoundError, UnsupportedOperationError } from './errors.ts';
import { assertOnePlace } from './fallback/assert-one-place.ts';
import { FallbackUploads, hasBegun } from './fallback/fallback-uploads.ts';
import { fallbackUrls, type FallbackUrlOptions, type UrlMaker } from './fallback/fallback-urls.ts';
import { firstFound, type TwoParts } from './fallback/first-found.ts';
import { mergedListing, mergedWalk } from './fallback/merged-names.ts';
import { removeFromBoth } from './fallback/remove-from-both.ts';
import { copyBetween, isOneName, moveBetween, partWith } from './fallback/transfer-between.ts';
import type {
  CopyFromOptions,
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
import { availableName } from './free-name.ts';
import { isLibrary } from './library-options.ts';
import { settleAll } from './settle-all.ts';
import { isRereadable, openSource } from './source.ts';
import { assertReadable, assertWritable, isLibraryName } from './storage-names.ts';
import { partsOf } from './storage-parts.ts';

/** Options of {@link fallbackStorage}. */
export interface FallbackStorageOptions extends FallbackUrlOptions {
  /** Where files are written, and looked for first. */
  readonly primary: FileStorage;
  /** Where files are looked for that the primary has not; nothing new is written there. */
  readonly fallback: FileStorage;
}

/**
 * A storage that writes to one place and reads through to another, while files move from the second to the first. Both
 * count as one: a name that is taken in either is taken, what is deleted is deleted in both, listings show each object
 * once. A failure of either is thrown, never taken for absence.
 *
 * URLs are made without looking where an object lies: those of the fallback where they lead back to the application (a
 * `FileSystemStorage` with a `baseUrl`), whose `mediaHandler()` then finds an object in either; so do those below an own
 * `baseUrl`, which any two storages may have. Else they are the primary's, and lead nowhere until an object is copied.
 *
 * Build both storages in the factory of the alias, so that they sign URLs and uploads for this alias.
 *
 * @example
 * ```ts
 * const storages = defineStorages({
 *   media: () => fallbackStorage({ primary: new S3Storage({ bucket }), fallback: disk() }),
 *   old: () => disk(),
 * });
 * ```
 * @throws {@link StorageOptionsError} when one is public and the other private, or one lies inside the other.
 */
export function fallbackStorage(options: FallbackStorageOptions): FileStorage {
  return new FallbackStorage(options);
}

class FallbackStorage implements FileStorage {
  readonly location: string;
  readonly visibility: 'private' | 'public';
  readonly parts: readonly FileStorage[];
  /** There where the primary has it. */
  readonly copyFrom?: NonNullable<FileStorage['copyFrom']>;
  readonly #primary: FileStorage;
  readonly #fallback: FileStorage;
  readonly #both: TwoParts;
  readonly #urls: UrlMaker;
  #alias: string | undefined;

  constructor({ primary, fallback, ...urls }: FallbackStorageOptions) {
    this.#primary = primary;
    this.#fallback = fallback;
    this.#both = { primary, fallback };
    this.location = primary.location;
    this.visibility = primary.visibility;
    this.parts = [...partsOf(primary), ...partsOf(fallback)];
    assertOnePlace(this.#both);
    this.#urls = fallbackUrls(primary, fallback, urls, () => this.alias);
    if (primary.copyFrom !== undefined) this.copyFrom = this.#copyFrom;
  }

  get alias(): string | undefined {
    return this.#alias;
  }

  /** Parts that have no alias of their own speak and sign under this one. */
  set alias(alias: string | undefined) {
    this.#alias = alias;
    this.#primary.alias ??= alias;
    this.#fallback.alias ??= alias;
  }

  get capabilities(): StorageCapabilities {
    const { capabilities: own } = this.#primary;
    const { capabilities: other } = this.#fallback;
    const { put, complete, copy } = own.conditionalWrite;
    return {
      path: false,
      signedUrls: this.#urls.isSigned,
      directUpload: own.directUpload,
      // What only the fallback has is read and saved.
      serverSideCopy: false,
      conditionalWrite: { put, complete, copy: copy && put && complete },
      caseSensitive: own.caseSensitive && other.caseSensitive,
      normalizing: own.normalizing === true || other.normalizing === true,
    };
  }

  async save(name: string, source: FileSource, options: SaveOptions = {}): Promise<StoredFile> {
    assertWritable(name, options);
    const free = await this.#nameToSave(name, options).catch(async (error: unknown) => {
      // As every storage does: nobody reads it any more.
      if (!isRereadable(source)) await openSource(source).close();
      throw error;
    });
    const { filename = name.slice(name.lastIndexOf('/') + 1) } = options;
    return await this.#primary.save(free, source, { ...options, filename });
  }

  createWriteStream(name: string, options: SaveOptions = {}): FileWriteStream {
    assertWritable(name, options);
    return new FileWriteStream(async (bytes, aborted) => {
      const { signal = aborted } = options;
      return this.save(name, bytes, { ...options, signal: AbortSignal.any([signal, aborted]) });
    });
  }

  async open(name: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    if (isLibraryName(name)) return await this.#primary.open(name, options);
    return await firstFound(this.#both, async (part) => part.open(name, options));
  }

  async stat(name: string): Promise<FileStat> {
    return await firstFound(this.#both, async (part) => part.stat(name));
  }

  async exists(name: string): Promise<boolean> {
    try {
      await this.stat(name);
      return true;
    } catch (error) {
      if (error instanceof FileNotFoundError) return false;
      throw error;
    }
  }

  async size(name: string): Promise<number> {
    return (await this.stat(name)).size;
  }

  path(name: string): string {
    assertReadable(name);
    const reason = 'its objects lie in two places, use open()';
    throw new UnsupportedOperationError('give a path', this.alias, reason);
  }

  async delete(name: string): Promise<void> {
    // The other way round, a failure would show what the primary's object had replaced.
    await this.#fallback.delete(name);
    await this.#primary.delete(name);
  }

  async deleteMany(names: readonly string[]): Promise<void> {
    await removeFromBoth('deleteMany', this.#both, names);
  }

  async reclaim(names: readonly string[]): Promise<void> {
    await removeFromBoth('reclaim', this.#both, names);
  }

  async discardUnfinished(names: readonly string[]): Promise<void> {
    for (const part of this.parts) await part.discardUnfinished?.(names);
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    await this.#assertTransfer('copy', from, to, options);
    if (from !== to) await copyBetween(this.#both, from, to, options);
  }

  async move(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    await this.#assertTransfer('move', from, to, options);
    if (from !== to) await moveBetween(this.#both, from, to, options);
  }

  async list(prefix?: string): Promise<Listing> {
    // The fallback first: an object on its way into the primary is then seen in one of them.
    const older = await this.#fallback.list(prefix);
    return mergedListing(await this.#primary.list(prefix), older);
  }

  walk(prefix?: string): AsyncGenerator<FileStat> {
    return mergedWalk(this.#primary.walk(prefix), this.#fallback.walk(prefix));
  }

  async *unfinished(): AsyncGenerator<UnfinishedWrite> {
    yield* this.#primary.unfinished?.() ?? [];
    yield* this.#fallback.unfinished?.() ?? [];
  }

  url(name: string, options?: UrlOptions): string {
    return this.#urls.url(name, options);
  }

  urlExpiresAt(name: string, options?: UrlOptions): Date | undefined {
    return this.#urls.urlExpiresAt?.(name, options);
  }

  get served(): ServedUrls | undefined {
    return this.#urls.served;
  }

  async createUpload(
    grant: UploadGrant,
    step: UploadStep = { kind: 'form' },
  ): Promise<UploadRequest> {
    assertUpload(grant, step);
    const { uploads } = this.#fallback;
    const isOlder =
      'uploadId' in step &&
      uploads !== undefined &&
      (await hasBegun(uploads, grant, step.uploadId));
    return await (isOlder ? this.#fallback : this.#primary).createUpload(grant, step);
  }

  /** Receives uploads for the fallback too, which were granted before it became one. */
  get uploads(): UploadReceiver | undefined {
    const { uploads, capabilities } = this.#primary;
    const older = this.#fallback.uploads;
    if (older === undefined || !capabilities.directUpload) return uploads;
    return new FallbackUploads(uploads, older, async (name) => {
      if (await this.exists(name)) throw this.#taken('upload', name);
    });
  }

  async ready(): Promise<void> {
    await settleAll([this.#primary, this.#fallback], async (part) => part.ready?.());
  }

  async close(): Promise<void> {
    await settleAll([this.#primary, this.#fallback], async (part) => part.close?.());
  }

  readonly #copyFrom = async (
    origin: FileStorage,
    from: string,
    to: string,
    options: CopyFromOptions = {},
  ): ReturnType<NonNullable<FileStorage['copyFrom']>> => {
    assertWritable(to, options);
    if (options.overwrite !== true) await this.#assertFree('copy', to);
    const part = await partWith(origin, from, options.expected?.etag);
    const copied = await this.#primary.copyFrom?.(part, from, to, options);
    if (copied !== undefined) return copied;
    throw new UnsupportedOperationError('copy', this.alias, 'its primary copies from no storage');
  };

  /** A name that is free in the fallback; whether it is free in the primary, that finds out itself. */
  async #nameToSave(name: string, options: SaveOptions): Promise<string> {
    const { ifExists = 'rename', maxLength } = options;
    if (isLibraryName(name) || ifExists === 'overwrite') return name;
    if (ifExists === 'error') {
      await this.#assertFree('save', name);
      return name;
    }
    return await availableName(name, {
      maxLength,
      reserved: isLibrary(options) ? 'allow' : 'refuse',
      isFree: async (free) => !(await this.#fallback.exists(free)),
    });
  }

  async #assertTransfer(
    operation: 'copy' | 'move',
    from: string,
    to: string,
    options: CopyOptions,
  ): Promise<void> {
    assertReadable(from, options);
    assertWritable(to, options);
    const { overwrite = false, signal } = options;
    signal?.throwIfAborted();
    if (from === to) {
      await this.stat(from);
      if (!overwrite) throw this.#taken(operation, to);
    } else if (!overwrite && !isOneName(this.#fallback.capabilities, from, to)) {
      await this.#assertFree(operation, to);
    }
  }

  async #assertFree(operation: string, name: string): Promise<void> {
    if (await this.#fallback.exists(name)) throw this.#taken(operation, name);
  }

  #taken(operation: string, name: string): FileExistsError {
    return new FileExistsError(operation, { storage: this.alias, name });
  }
}
