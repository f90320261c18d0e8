import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { StorageCapabilities } from '@filefield/core';
import { abortUpload, MultipartUpload } from './multipart-upload.ts';
import { openUploads } from './object-remover.ts';
import { copySource } from './copy-source.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** For each way of writing, whether the server refuses `If-None-Match: *` where the name is taken. */
export type ConditionalWrite = StorageCapabilities['conditionalWrite'];

/** The object that the server is tried with; it stays, so that several processes may try at the same time. */
export const probeName = '.filefield/probe';
const hour = 60 * 60 * 1000;
const none: ConditionalWrite = { put: false, complete: false, copy: false };

/** What was found out, by server: it is the same for all of its buckets. */
const foundOut = new Map<string, Promise<ConditionalWrite>>();

/** Knows, or finds out once per process and server, which conditional writes are enforced. */
export class ConditionalWrites {
  readonly #bucket: S3Bucket;
  #known: ConditionalWrite | undefined;

  /** @param known What needs not be found out. */
  constructor(bucket: S3Bucket, known?: ConditionalWrite) {
    this.#bucket = bucket;
    this.#known = known;
  }

  /** What is known so far: nothing is enforced until it is found out. */
  get known(): ConditionalWrite {
    return this.#known ?? none;
  }

  /** Tries the server out; for who may not write there is nothing to find. */
  async find(): Promise<ConditionalWrite> {
    if (this.#known !== undefined) return this.#known;
    try {
      this.#known = await this.#shared();
    } catch (error) {
      if (!(error instanceof S3Problem)) throw error;
      if (error.code === 'CredentialsProviderError') return none;
      if (!error.isDenied) throw error;
      this.#known = none;
    }
    return this.#known;
  }

  async #shared(): Promise<ConditionalWrite> {
    const { endpoint, region } = this.#bucket.options;
    const server = endpoint ?? region;
    const finding = foundOut.get(server) ?? findConditionalWrites(this.#bucket);
    foundOut.set(server, finding);
    try {
      return await finding;
    } catch (error) {
      foundOut.delete(server);
      throw error;
    }
  }
}

/**
 * Writes an object in each way where one is already.
 *
 * @param forgottenAfter Milliseconds after which an upload of a process that was killed while it tried is removed.
 */
export async function findConditionalWrites(
  bucket: S3Bucket,
  forgottenAfter: number = hour,
): Promise<ConditionalWrite> {
  const target = { ...bucket.object(probeName), ...bucket.customerKey };
  const put = async (): Promise<boolean> =>
    isRefused(async () =>
      bucket.ask('s3:PutObject', probeName, async (client) =>
        client.send(new PutObjectCommand({ ...target, Body: probeName, IfNoneMatch: '*' })),
      ),
    );
  // The first one makes the object where there is none yet.
  const isEnforced = (await put()) || (await put());
  await abortForgotten(bucket, new Date(Date.now() - forgottenAfter));
  const [complete, copy] = await Promise.all([isCompleteRefused(bucket), isCopyRefused(bucket)]);
  return { put: isEnforced, complete, copy };
}

/** Who may not list them leaves them to the bucket's lifecycle rules. */
async function abortForgotten(bucket: S3Bucket, before: Date): Promise<void> {
  try {
    for await (const uploads of openUploads(bucket, probeName)) {
      for (const { UploadId, Initiated } of uploads) {
        if (UploadId === undefined || Initiated === undefined || Initiated > before) continue;
        await abortUpload(bucket, probeName, UploadId);
      }
    }
  } catch (error) {
    if (!(error instanceof S3Problem && error.isDenied)) throw error;
  }
}

async function isCompleteRefused(bucket: S3Bucket): Promise<boolean> {
  const upload = await MultipartUpload.begin(bucket, probeName, bucket.customerKey ?? {});
  try {
    await upload.put(1, Buffer.from(probeName), new AbortController().signal);
    return await isRefused(async () => upload.complete(true));
  } finally {
    await upload.abort();
  }
}

async function isCopyRefused(bucket: S3Bucket): Promise<boolean> {
  const input = {
    ...bucket.object(probeName),
    ...bucket.customerKey,
    ...copySource(bucket, probeName),
    MetadataDirective: 'REPLACE',
    IfNoneMatch: '*',
  } as const;
  return await isRefused(async () =>
    bucket.ask('s3:PutObject', probeName, async (client) =>
      client.send(new CopyObjectCommand(input)),
    ),
  );
}

/** A server that does not know the condition says so, or does what it is told. */
async function isRefused(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    if (!(error instanceof S3Problem)) throw error;
    if (error.isConflict || error.isBusy) return true;
    if (error.isUnable) return false;
    throw error;
  }
}
