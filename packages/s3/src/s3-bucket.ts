import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { CheckedS3Options } from './checked-options.ts';
import { S3Problem, s3Problem } from './s3-errors.ts';
import { s3Limits, type S3Limits } from './s3-limits.ts';

/** The bucket of one storage: what every request to it has in common. */
export class S3Bucket {
  readonly client: S3Client;
  readonly options: CheckedS3Options;
  readonly limits: S3Limits;
  /** Says which bucket, and who must own and who pays for it. */
  readonly place: BucketPlace;
  #isThere = false;

  constructor(client: S3Client, options: CheckedS3Options, limits: Partial<S3Limits> = {}) {
    const { bucket, expectedBucketOwner, requestPayer } = options;
    this.client = client;
    this.options = options;
    this.limits = { ...s3Limits, ...limits };
    this.place = {
      Bucket: bucket,
      ...(expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: expectedBucketOwner }),
      ...(requestPayer === undefined ? {} : { RequestPayer: requestPayer }),
    };
  }

  get name(): string {
    return this.options.bucket;
  }

  /** The key of an object. */
  key(name: string): string {
    return this.options.prefix + name;
  }

  /** The name of a key of this storage. */
  nameOf(key: string): string {
    return key.slice(this.options.prefix.length);
  }

  /** The bucket of a request about the bucket itself. */
  get bare(): Omit<BucketPlace, 'RequestPayer'> {
    const { RequestPayer: _, ...bare } = this.place;
    return bare;
  }

  /** The object of a request. */
  object(name: string): BucketPlace & { readonly Key: string } {
    return { ...this.place, Key: this.key(name) };
  }

  /** The key that the server encrypts and decrypts with, where it does not keep it itself. */
  get customerKey(): CustomerKey | undefined {
    const { sse } = this.options;
    if (typeof sse !== 'object' || !('customerKey' in sse)) return undefined;
    const bytes = sse.customerKey;
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('base64');
    return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: text };
  }

  /**
   * A HEAD does not tell whether the object is missing or the whole bucket: this does, once.
   * @throws {@link S3Problem} when there is no such bucket.
   */
  async assertThere(): Promise<void> {
    if (this.#isThere) return;
    try {
      await this.ask('s3:ListBucket', undefined, async (client) =>
        client.send(new HeadBucketCommand(this.bare)),
      );
      this.#isThere = true;
    } catch (error) {
      if (!(error instanceof S3Problem)) throw error;
      if (error.isMissing) {
        const { status, requestId } = error;
        throw new S3Problem('NoSuchBucket', error.need, { status, requestId });
      }
      // Who may not ask has to do without the difference.
      if (!error.isDenied && error.code !== 'CredentialsProviderError') throw error;
    }
  }

  /**
   * Does a request.
   * @param action The IAM actions it needs. @param name The object; `undefined` where the request is about the bucket.
   * @param signal Ends it.
   * @throws {@link S3Problem} when it fails.
   */
  async ask<T>(
    action: string,
    name: string | undefined,
    request: (client: S3Client, how: { readonly abortSignal?: AbortSignal }) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    try {
      return await request(this.client, signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      const key = name === undefined ? undefined : this.key(name);
      throw s3Problem(error, { action, bucket: this.name, key, region: this.options.region });
    }
  }
}

/** The parameters of a request that say which bucket. */
export interface BucketPlace {
  readonly Bucket: string;
  readonly ExpectedBucketOwner?: string;
  readonly RequestPayer?: 'requester';
}

/** The parameters of SSE-C. */
export interface CustomerKey {
  readonly SSECustomerAlgorithm: 'AES256';
  readonly SSECustomerKey: string;
}
