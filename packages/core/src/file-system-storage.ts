import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CheckedStorage } from './checked-storage.ts';
import type {
  ServedUrls,
  UploadGrant,
  UploadReceiver,
  UploadRequest,
  UploadStep,
} from './direct-upload.ts';
import { StorageOptionsError, UnsupportedOperationError } from './errors.ts';
import type { FileStat, StorageCapabilities, UnfinishedWrite, UrlOptions } from './file-storage.ts';
import { DiskLocation } from './file-system/disk-location.ts';
import { listDisk, readDisk, statDisk } from './file-system/disk-object.ts';
import {
  checkedUrlOptions,
  diskUrl,
  diskUrlEnd,
  servedUrls,
  type DiskUrlOptions,
} from './file-system/disk-url.ts';
import { DiskUploads } from './file-system/disk-uploads.ts';
import { removeFiles } from './file-system/remove-files.ts';
import { copyFileOnDisk, moveFileOnDisk, type Transfer } from './file-system/transfer-file.ts';
import { UnfinishedFile } from './file-system/unfinished-file.ts';
import { unfinishedOnDisk } from './file-system/unfinished-on-disk.ts';
import type { Intake } from './intake.ts';
import type { ByteRange, Level, WriteOptions } from './object-primitives.ts';
import type { ObjectBody } from './object-stream.ts';
import { isUnfinishedName } from './storage-names.ts';

/** Options of {@link FileSystemStorage}. */
export interface FileSystemStorageOptions {
  /** The directory that holds the objects, as a path or a `file:` URL; created when missing. Only this storage writes there. */
  readonly location: string | URL;
  /** Where the directory is served: an http URL, or a path of this site such as `/media/`. Default: `url()` throws. */
  readonly baseUrl?: string | undefined;
  /**
   * Where the application receives direct uploads, with `uploadHandler()` of `@filefield/http`: an http URL, or a path of
   * this site such as `/uploads`. Wants {@link keys}. Default: `createUpload()` throws.
   */
  readonly uploadUrl?: string | undefined;
  /** `public`: URLs are for everybody and unsigned. Default `private`. */
  readonly visibility?: 'private' | 'public' | undefined;
  /** Secrets of at least 32 characters that sign direct uploads and the URLs of a private storage; the first signs. Default: `url()` throws there. */
  readonly keys?: readonly string[] | undefined;
  /** Seconds that a signed URL lives, at most 604,800; it may be handed out during the first half. Default 3600. */
  readonly urlExpiresIn?: number | undefined;
  /** Permissions of a file, whatever the umask. Default `0o644`. */
  readonly fileMode?: number | undefined;
  /** Permissions of a directory that the storage makes. Default: the umask decides. */
  readonly directoryMode?: number | undefined;
}

/**
 * Keeps objects as files of this machine. An object appears under its name when it is complete and durable (file and
 * directories are flushed), never before. Symbolic links are not followed: a link is no object, and nothing is reached
 * through one. Empty directories go with their last object.
 */
export class FileSystemStorage extends CheckedStorage {
  readonly location: string;
  override readonly visibility: 'private' | 'public';
  override readonly capabilities: StorageCapabilities;
  /** What `mediaHandler` of `@filefield/http` needs; absent where there are no URLs. */
  readonly served: ServedUrls | undefined;
  protected override readonly picksNames = true;
  readonly #disk: DiskLocation;
  readonly #fileMode: number;
  readonly #urls: DiskUrlOptions;
  readonly #uploads: DiskUploads | undefined;

  /** @throws {@link StorageOptionsError} when an option cannot be right, or the directory cannot be made. */
  constructor(options: FileSystemStorageOptions) {
    super();
    const { visibility = 'private', baseUrl, uploadUrl, keys = [], urlExpiresIn = 3600 } = options;
    const isPrivate = visibility === 'private';
    assertMode('fileMode', options.fileMode);
    assertMode('directoryMode', options.directoryMode);
    this.#urls = checkedUrlOptions({ baseUrl, isPrivate, keys, urlExpiresIn });
    this.#disk = new DiskLocation(options.location, options.directoryMode);
    this.#fileMode = options.fileMode ?? 0o644;
    const how = { keys, fileMode: this.#fileMode, alias: () => this.alias };
    this.#uploads =
      uploadUrl === undefined ? undefined : new DiskUploads(this.#disk, { ...how, uploadUrl });
    this.location = this.#disk.url;
    this.visibility = visibility;
    this.served = servedUrls(() => this.alias, this.#urls);
    this.capabilities = {
      path: true,
      signedUrls: isPrivate && baseUrl !== undefined && keys.length > 0,
      directUpload: uploadUrl !== undefined,
      serverSideCopy: true,
      conditionalWrite: { put: true, complete: true, copy: true },
      caseSensitive: this.#disk.isCaseSensitive,
      normalizing: this.#disk.isNormalizing,
    };
  }

  /** There where the storage has an `uploadUrl`. */
  get uploads(): UploadReceiver | undefined {
    return this.#uploads;
  }

  protected async writeObject(
    name: string,
    intake: Intake,
    options: WriteOptions,
  ): Promise<string> {
    const { overwrite, nextName, signal } = options;
    const file = await UnfinishedFile.create(this.#disk, this.#disk.unfinished(name));
    try {
      for await (const chunk of intake) await file.write(chunk);
      signal?.throwIfAborted();
      await file.complete(this.#fileMode);
      let free = name;
      while (!(await file.place(free, overwrite))) {
        if (nextName === undefined) throw this.taken('save', free);
        free = await nextName();
      }
      return free;
    } finally {
      await file.dispose();
    }
  }

  protected async readObject(name: string, range: ByteRange): Promise<ObjectBody | undefined> {
    return await readDisk(this.#disk, name, range);
  }

  protected async statObject(name: string): Promise<FileStat | undefined> {
    return await statDisk(this.#disk, name);
  }

  protected async removeObject(name: string): Promise<void> {
    const failures = await removeFiles(this.#disk, [name]);
    for (const error of failures.values()) throw error;
  }

  protected override async removeObjects(names: readonly string[]): Promise<Map<string, unknown>> {
    return await removeFiles(this.#disk, names);
  }

  protected override async removeUnfinished(name: string): Promise<void> {
    if (isUnfinishedName(name)) {
      await rm(join(this.#disk.root, name), { recursive: true, force: true });
      return;
    }
    await rm(this.#disk.unfinished(name), { recursive: true, force: true });
    const beside = this.#disk.unfinishedBeside(name);
    if ((await this.#disk.find(dirname(beside))) === 'plain') {
      await rm(beside, { recursive: true, force: true });
    }
  }

  protected override unfinishedWrites(): AsyncGenerator<UnfinishedWrite> {
    return unfinishedOnDisk(this.#disk);
  }

  protected async listLevel(directory: string): Promise<Level> {
    return await listDisk(this.#disk, directory);
  }

  protected override async copyObject(
    from: string,
    to: string,
    options: WriteOptions,
  ): Promise<void> {
    const how = { overwrite: options.overwrite, mode: this.#fileMode };
    const ended = await copyFileOnDisk(this.#disk, from, to, how);
    if (ended === 'apart') await super.copyObject(from, to, options);
    else this.#assertDone('copy', from, to, ended);
  }

  protected override async moveObject(
    from: string,
    to: string,
    options: WriteOptions,
  ): Promise<void> {
    const how = { overwrite: options.overwrite, mode: this.#fileMode };
    const ended = await moveFileOnDisk(this.#disk, from, to, how);
    if (ended === 'apart') await super.moveObject(from, to, options);
    else this.#assertDone('move', from, to, ended);
  }

  protected override urlOf(name: string, options: UrlOptions): string {
    return diskUrl(this.alias, name, this.#urls, options);
  }

  protected override urlEndOf(name: string, options: UrlOptions): Date | undefined {
    return diskUrlEnd(name, this.#urls, options);
  }

  protected override async uploadRequest(
    grant: UploadGrant,
    step: UploadStep,
  ): Promise<UploadRequest> {
    if (this.#uploads !== undefined) return this.#uploads.sign(grant, step);
    const reason = 'it has no uploadUrl';
    throw new UnsupportedOperationError('create a direct upload', this.alias, reason);
  }

  protected override pathOf(name: string): string {
    return this.#disk.path(name);
  }

  #assertDone(operation: string, from: string, to: string, ended: Transfer): void {
    if (ended === 'missing') throw this.missing(operation, from);
    if (ended === 'taken') throw this.taken(operation, to);
  }
}

function assertMode(option: string, mode: number | undefined): void {
  if (mode === undefined || (Number.isInteger(mode) && mode >= 0 && mode <= 0o7777)) return;
  throw new StorageOptionsError(
    `Cannot use the ${option} ${mode}: permissions such as 0o644 are wanted`,
  );
}
