import type { S3Client } from '@aws-sdk/client-s3';
import {
  CheckedStorage,
  FileExistsError,
  IntegrityError,
  InvalidNameError,
  UnsupportedOperationError,
  type ByteRange,
  type CopiedFile,
  type CopyFromOptions,
  type FileSource,
  type FileStat,
  type FileStorage,
  type Intake,
  type Level,
  type ObjectBody,
  type SaveOptions,
  type StorageCapabilities,
  type StoredFile,
  type UnfinishedWrite,
  type UploadGrant,
  type UploadRequest,
  type UploadStep,
  type WriteOptions,
} from '@filefield/core';
import { assertReadable, assertWritable } from '@filefield/core/binding';
import { accessNeeds, type AccessNeeds } from './access-needs.ts';
import { bucketLocation } from './bucket-address.ts';
import { checkedOptions, type CheckedS3Options } from './checked-options.ts';
import type { CloudFrontCookies } from './cloudfront-signer.ts';
import { ConditionalWrites, type ConditionalWrite } from './conditional-writes.ts';
import { credentialsOf, type CredentialSource } from './credentials.ts';
import { expectedOrigin } from './expected-origin.ts';
import { headObject, isIncoming, statOf, typeOf, type ObjectHead } from './object-head.ts';
import { listLevel, walkObjects } from './object-lister.ts';
import { ObjectCopier, type ObjectCopyOptions } from './object-copier.ts';
import { readObject } from './object-reader.ts';
import { removeObject, removeObjects, removeUploads, unfinishedUploads } from './object-remover.ts';
import { ObjectUrls } from './object-urls.ts';
import { ObjectWriter } from './object-writer.ts';
import { S3Bucket } from './s3-bucket.ts';
import {
  isRefusedCopy,
  isReplaced,
  noServer,
  storedOtherwise,
  unableToCopy,
} from './server-copy.ts';
import { createS3Client } from './s3-client.ts';
import { s3Reason, storageError } from './s3-errors.ts';
import type { S3Limits } from './s3-limits.ts';
import type { S3StorageOptions } from './s3-options.ts';
import { UploadRequests } from './upload-requests.ts';
import type { CookieOptions, S3UrlOptions } from './url-options.ts';

/** What tests lower or decide; applications leave it out. */
export interface S3Internals {
  readonly limits?: Partial<S3Limits> | undefined;
  /** Bytes of a part, below what S3 allows between parts: for objects of one part and servers that do not care. */
  readonly partSize?: number | undefined;
  /** Taken as found out. */
  readonly conditionalWrite?: ConditionalWrite | undefined;
}

let privateBucket!: (storage: S3Storage) => S3Bucket;

/**
 * Keeps objects in a bucket of Amazon S3 or a compatible server. Building one costs no request and needs no credentials.
 *
 * @example
 * const storages = defineStorages({
 *   default: () => new S3Storage({ bucket: 'acme-media', region: 'eu-central-1' }),
 * });
 */
export class S3Storage extends CheckedStorage {
  readonly location: string;
  override readonly visibility: 'private' | 'public';
  override readonly capabilities: StorageCapabilities;
  static {
    privateBucket = (storage) => storage.#bucket;
  }

  readonly #options: CheckedS3Options;
  readonly #bucket: S3Bucket;
  readonly #credentials: CredentialSource;
  readonly #conditional: ConditionalWrites;
  readonly #urls: ObjectUrls;
  readonly #writer: ObjectWriter;
  readonly #copier: ObjectCopier;
  readonly #uploads: UploadRequests;

  /** @throws {@link StorageOptionsError} when options are wrong, or do not go together. */
  constructor(options: S3StorageOptions, internals: S3Internals = {}) {
    super();
    const checked = withPartSize(checkedOptions(options), internals.partSize);
    this.#options = checked;
    this.#credentials = credentialsOf(checked);
    const client = checked.ownClient ?? createS3Client(checked, this.#credentials.provider);
    this.#bucket = new S3Bucket(client, checked, internals.limits);
    this.#conditional = new ConditionalWrites(this.#bucket, internals.conditionalWrite);
    this.#urls = new ObjectUrls(checked, this.#credentials);
    this.#writer = new ObjectWriter(this.#bucket, this.#conditional);
    this.#copier = new ObjectCopier(this.#bucket, this.#conditional);
    this.#uploads = new UploadRequests(this.#bucket, this.#credentials, this.#conditional);
    this.location = bucketLocation(checked);
    this.visibility = checked.visibility;
    this.capabilities = capabilitiesOf(checked, this.#conditional);
  }

  /** The SDK's client of this storage, for what the storage has no method for. */
  get client(): S3Client {
    return this.#bucket.client;
  }

  /** The bucket's name. */
  get bucket(): string {
    return this.#bucket.name;
  }

  /** The directory of the bucket: empty, or ends with a slash. */
  get prefix(): string {
    return this.#options.prefix;
  }

  /** What this storage has to be allowed to do; `iamPolicy()` makes a policy of it. */
  get accessNeeds(): AccessNeeds {
    return accessNeeds(this.#options);
  }

  override async save(
    name: string,
    source: FileSource,
    options: SaveOptions = {},
  ): Promise<StoredFile> {
    const ifExists = options.ifExists ?? (this.#options.overwrite ? 'overwrite' : 'rename');
    return await super.save(name, source, { ...options, ifExists });
  }

  /**
   * Copies an object of another S3 storage on the server. Same errors as `copy()`.
   * @throws {@link UnsupportedOperationError} when the other storage is on another server or no S3 at all, when objects
   * here are to be compressed otherwise, and when the server refuses: as a rule for lack of a right on the origin.
   * @throws {@link IntegrityError} when the origin is not what was expected.
   */
  async copyFrom(
    origin: FileStorage,
    from: string,
    to: string,
    options: CopyFromOptions = {},
  ): Promise<CopiedFile> {
    assertReadable(from);
    assertWritable(to, options);
    const target = this.#bucket;
    const unable = origin instanceof S3Storage ? unableToCopy(origin.#bucket, target) : noServer;
    if (!(origin instanceof S3Storage) || unable !== undefined) throw this.#notCopied(unable);
    const { overwrite = false, uploadId, signal, type, expected } = options;
    const isMoved = origin.location !== this.location;
    const isNew = isMoved || options.asNew === true || isIncoming(from);
    const asNew = isNew ? { type } : undefined;
    const assertExpected = expected && expectedOrigin(origin, from, expected);
    const assertRight = (head: ObjectHead): void => {
      assertExpected?.(head);
      const otherwise = asNew && storedOtherwise(target, to, type, head);
      if (otherwise !== undefined) throw this.#notCopied(otherwise);
    };
    try {
      signal?.throwIfAborted();
      const how = { overwrite, uploadId, signal, asNew, assertRight };
      const head = await this.#copy(origin, from, to, how);
      const { size, sha256 } = statOf(from, head);
      return { size, sha256, type: asNew?.type ?? typeOf(head) };
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      if (isReplaced(error)) {
        const told = { expected: 'one', received: 'several versions' };
        throw new IntegrityError('copy', { storage: origin.alias, name: from }, told);
      }
      if (isRefusedCopy(error)) throw this.#notCopied(s3Reason(error), error);
      throw storageError('copy', { storage: this.alias, name: from }, error);
    }
  }

  /** The URL of an object; made without a request. See {@link FileStorage.url}. */
  override url(name: string, options: S3UrlOptions = {}): string {
    return this.#urls.cached(name, options) ?? super.url(name, options);
  }

  /**
   * The cookies that let a browser read many objects through CloudFront.
   * @throws {@link UnsupportedOperationError} where the storage has no `cloudfront`.
   */
  signedCookies(options: CookieOptions = {}): CloudFrontCookies {
    return this.#urls.cookies(options, this.alias);
  }

  /**
   * Fetches the credentials that sign URLs, sees whether the bucket is there, and finds out which conditional writes the
   * server enforces. Where nobody gave credentials and another key signs the URLs, or none, there is nothing to wait for.
   */
  async ready(): Promise<void> {
    if (this.#needsCredentials) await this.#credentials.ready(this.alias);
    else if (!(await this.#credentials.areThere(this.alias))) return;
    try {
      await this.#bucket.assertThere();
      await this.#conditional.find();
    } catch (error) {
      throw storageError('reach the bucket', { storage: this.alias }, error);
    }
  }

  /** Closes the connections; a client of the application's own is left as it is. */
  async close(): Promise<void> {
    this.#credentials.close();
    if (this.#options.ownClient === undefined) this.#bucket.client.destroy();
  }

  protected async writeObject(
    name: string,
    intake: Intake,
    options: WriteOptions,
  ): Promise<string> {
    this.#assertFits(name);
    if ((await this.#writer.write(name, intake, options)) === 'taken') {
      throw this.taken('save', name);
    }
    return name;
  }

  protected async readObject(name: string, range: ByteRange): Promise<ObjectBody | undefined> {
    return await readObject(this.#bucket, name, range);
  }

  protected async statObject(name: string): Promise<FileStat | undefined> {
    const head = await headObject(this.#bucket, name);
    return head && statOf(name, head);
  }

  protected async removeObject(name: string): Promise<void> {
    await removeObject(this.#bucket, name);
  }

  protected override async removeObjects(names: readonly string[]): Promise<Map<string, unknown>> {
    return await removeObjects(this.#bucket, names);
  }

  protected override async removeAllUnfinished(
    names: readonly string[],
  ): Promise<Map<string, unknown>> {
    return await removeUploads(this.#bucket, names);
  }

  protected override unfinishedWrites(): AsyncGenerator<UnfinishedWrite> {
    return unfinishedUploads(this.#bucket);
  }

  protected async listLevel(directory: string): Promise<Level> {
    return await listLevel(this.#bucket, directory);
  }

  protected override walkObjects(directory: string): AsyncIterable<FileStat> {
    return walkObjects(this.#bucket, directory);
  }

  protected override async copyObject(
    from: string,
    to: string,
    options: WriteOptions,
  ): Promise<void> {
    const asNew = isIncoming(from) ? { type: undefined } : undefined;
    await this.#copy(this, from, to, { ...options, asNew });
  }

  protected override urlOf(name: string, options: S3UrlOptions): string {
    return this.#urls.url(name, options, this.alias);
  }

  protected override urlEndOf(name: string, options: S3UrlOptions): Date | undefined {
    return this.#urls.expiresAt(name, options);
  }

  protected override async uploadRequest(
    grant: UploadGrant,
    step: UploadStep,
  ): Promise<UploadRequest> {
    this.#assertFits(grant.name);
    return await this.#uploads.sign(grant, step, this.alias);
  }

  protected override taken(operation: string, name: string): FileExistsError {
    return new FileExistsError(operation, { storage: this.alias, name, bucket: this.bucket });
  }

  protected override reasonFor(error: unknown): string {
    return s3Reason(error) ?? super.reasonFor(error);
  }

  get #needsCredentials(): boolean {
    const { credentials, customDomain, ownClient, profile, signedUrls } = this.#options;
    const areGiven = (credentials ?? ownClient ?? profile) !== undefined;
    return signedUrls && (customDomain === undefined || areGiven);
  }

  #assertFits(name: string): void {
    const bytes = Buffer.byteLength(this.#bucket.key(name));
    if (bytes <= longestKey) return;
    const reason = `with the prefix of its storage it has ${bytes} bytes, at most ${longestKey} fit into a key`;
    throw new InvalidNameError(name, reason);
  }

  async #copy(
    origin: S3Storage,
    from: string,
    to: string,
    options: ObjectCopyOptions,
  ): Promise<ObjectHead> {
    this.#assertFits(to);
    const copied = await this.#copier.copy(origin.#bucket, from, to, options);
    if (copied === 'missing') throw origin.missing('copy', from);
    if (copied === 'taken') throw this.taken('copy', to);
    return copied;
  }

  #notCopied(reason = 'the server refuses', cause?: unknown): UnsupportedOperationError {
    const advice = `${reason}; open() the one and save() to the other`;
    const why = cause === undefined ? {} : { cause };
    return new UnsupportedOperationError('copy', this.alias, advice, why);
  }
}

const longestKey = 1024;

/** What the package's own functions reach of a storage. */
export function bucketOf(storage: S3Storage): S3Bucket {
  return privateBucket(storage);
}

function withPartSize(options: CheckedS3Options, partSize: number | undefined): CheckedS3Options {
  if (partSize === undefined) return options;
  return { ...options, multipart: { ...options.multipart, partSize, threshold: partSize } };
}

function capabilitiesOf(
  { visibility, signedUrls, sse }: CheckedS3Options,
  conditional: ConditionalWrites,
): StorageCapabilities {
  return {
    path: false,
    signedUrls: visibility === 'private' && signedUrls,
    directUpload: typeof sse !== 'object' || !('customerKey' in sse),
    serverSideCopy: true,
    get conditionalWrite() {
      return conditional.known;
    },
    caseSensitive: true,
  };
}
