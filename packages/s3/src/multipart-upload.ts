import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import type { ObjectParameters } from './object-parameters.ts';
import type { CustomerKey, S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** An object on its way in parts: nothing is to be seen of it until it is complete. */
export class MultipartUpload {
  readonly #bucket: S3Bucket;
  readonly #name: string;
  readonly #id: string;
  readonly #parts: CompletedPart[] = [];

  private constructor(bucket: S3Bucket, name: string, id: string) {
    this.#bucket = bucket;
    this.#name = name;
    this.#id = id;
  }

  /** Begins an upload; it stays on the server until it is completed or aborted. */
  static async begin(
    bucket: S3Bucket,
    name: string,
    headers: ObjectParameters & Partial<CustomerKey>,
    signal?: AbortSignal,
  ): Promise<MultipartUpload> {
    const input = {
      ...bucket.object(name),
      ...headers,
      ...checksum(bucket),
    };
    const { UploadId } = await bucket.ask(
      's3:PutObject',
      name,
      async (client, how) => client.send(new CreateMultipartUploadCommand(input), how),
      signal,
    );
    return new MultipartUpload(bucket, name, UploadId ?? '');
  }

  /** Uploads a part; numbers begin with 1. */
  async put(number: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const input = {
      ...this.#target,
      ...this.#bucket.customerKey,
      PartNumber: number,
      Body: bytes,
      ContentLength: bytes.byteLength,
      ...checksum(this.#bucket),
    };
    const part = await this.#bucket.ask(
      's3:PutObject',
      this.#name,
      async (client, how) => client.send(new UploadPartCommand(input), how),
      signal,
    );
    this.#parts.push({ PartNumber: number, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
  }

  /** Copies a part of another object on the server. */
  async copy(number: number, source: CopiedPart, signal: AbortSignal): Promise<void> {
    const input = {
      ...this.#target,
      ...this.#bucket.customerKey,
      ...source,
      PartNumber: number,
    };
    const { CopyPartResult } = await this.#bucket.ask(
      copying,
      this.#name,
      async (client, how) => client.send(new UploadPartCopyCommand(input), how),
      signal,
    );
    const { ETag, ChecksumCRC32 } = CopyPartResult ?? {};
    this.#parts.push({ PartNumber: number, ETag, ChecksumCRC32 });
  }

  /** Makes the parts the object, as a whole and at once. @param isNew Only where no object has the name. */
  async complete(isNew: boolean): Promise<void> {
    const Parts = this.#parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    const input = {
      ...this.#target,
      ...this.#bucket.customerKey,
      MultipartUpload: { Parts },
      ...(isNew ? { IfNoneMatch: '*' } : {}),
    };
    await this.#bucket.ask('s3:PutObject', this.#name, async (client) =>
      client.send(new CompleteMultipartUploadCommand(input)),
    );
  }

  /** Removes the parts; no error when they are gone. */
  async abort(): Promise<void> {
    await abortUpload(this.#bucket, this.#name, this.#id);
  }

  get #target(): UploadTarget {
    return { ...this.#bucket.object(this.#name), UploadId: this.#id };
  }
}

/** Removes what an unfinished upload left; no error when it is gone. */
export async function abortUpload(bucket: S3Bucket, name: string, id: string): Promise<void> {
  const input = { ...bucket.object(name), UploadId: id };
  try {
    await bucket.ask('s3:AbortMultipartUpload', name, async (client) =>
      client.send(new AbortMultipartUploadCommand(input)),
    );
  } catch (error) {
    if (!(error instanceof S3Problem && error.code === 'NoSuchUpload')) throw error;
  }
}

/** Which bytes of which object to copy. */
export interface CopiedPart {
  readonly CopySource: string;
  readonly CopySourceRange: string;
  readonly CopySourceIfMatch?: string;
}

/** What the SDK adds to parts of its own has to be announced when the upload begins. */
function checksum({ options }: S3Bucket): { readonly ChecksumAlgorithm?: 'CRC32' } {
  return options.checksums === 'when-supported' ? { ChecksumAlgorithm: 'CRC32' } : {};
}

type UploadTarget = ReturnType<S3Bucket['object']> & { readonly UploadId: string };

/** The actions that a copy needs. */
export const copying = 's3:PutObject on it and s3:GetObject on the origin';
