import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { ReadOptions } from '@filefield/core';
import { S3Storage, type S3StorageOptions } from '@filefield/s3';
import { inject } from 'vitest';
import { afterwards } from '../support/afterwards.ts';

const server = inject('s3Server');

/** The server's address and keys, as options of a storage take them. */
export const serverOptions = {
  endpoint: server.endpoint,
  region: server.region,
  credentials: server.credentials,
} as const;

/** A client of the server, for what a storage does not do. */
export const client: S3Client = new S3Client({
  ...serverOptions,
  // Copied: the SDK writes into it.
  credentials: { ...server.credentials },
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
});

/** An agent that finds the hosts of buckets: what a name server does elsewhere. */
export function bucketAgent(): Agent {
  const address = new URL(server.endpoint).hostname;
  return new Agent({
    keepAlive: true,
    lookup: (_hostname, options, callback) => {
      if (options.all === true) callback(null, [{ address, family: 4 }]);
      else callback(null, address, 4);
    },
  });
}

/** A bucket of its own, removed with all it holds: after the test, or after the file's tests when made outside of one. */
export async function createBucket(
  options: Partial<CreateBucketCommandInput> = {},
): Promise<string> {
  const bucket = server.bucketPrefix + randomBytes(4).toString('hex');
  await client.send(new CreateBucketCommand({ ...options, Bucket: bucket }));
  afterwards(async () => removeBucket(bucket));
  return bucket;
}

/** A storage in a bucket, below a prefix of its own unless told otherwise; closed after the test. */
export function createStorage(
  options: Partial<S3StorageOptions> & { readonly bucket: string },
  ...internals: [] | [ConstructorParameters<typeof S3Storage>[1]]
): S3Storage {
  const prefix = `${randomBytes(6).toString('hex')}/`;
  const storage = new S3Storage({ ...serverOptions, prefix, ...options }, ...internals);
  afterwards(async () => storage.close());
  return storage;
}

/** The keys of multipart uploads that were neither completed nor aborted. */
export async function openUploads(bucket: string): Promise<string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key }) => Key ?? '');
}

/** The requests that a storage makes from now on, by the names of their commands. */
export function requestsOf(storage: S3Storage): string[] {
  const requests: string[] = [];
  storage.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        requests.push(String(commandName).replace('Command', ''));
        return await next(args);
      },
    { step: 'initialize' },
  );
  return requests;
}

/** Acts once, right before a storage makes its first request of a kind, such as `CopyObject`. */
export function onFirst(storage: S3Storage, command: string, act: () => Promise<unknown>): void {
  let isDone = false;
  storage.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === `${command}Command` && !isDone) {
          isDone = true;
          await act();
        }
        return await next(args);
      },
    { step: 'initialize' },
  );
}

/** The parameters of the requests that a storage makes from now on, each with the name of its command. */
export function inputsOf(storage: S3Storage): Readonly<Record<string, unknown>>[] {
  const inputs: Record<string, unknown>[] = [];
  storage.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        inputs.push({ ...args.input, command: String(commandName).replace('Command', '') });
        return await next(args);
      },
    { step: 'initialize' },
  );
  return inputs;
}

/** Lets the server's other user do everything in a bucket, but for one action. */
export async function allowOther(Bucket: string, but?: string): Promise<void> {
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Principal = { AWS: ['arn:aws:iam:::user/other'] };
  const all = { Effect: 'Allow', Principal, Action: 's3:*', Resource };
  const Statement = but === undefined ? [all] : [all, { ...all, Effect: 'Deny', Action: but }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

/** Writes an object past the library: without anything that it keeps of its own. */
export async function putBare(storage: S3Storage, name: string, Body: Uint8Array): Promise<void> {
  const { bucket: Bucket, prefix } = storage;
  await client.send(new PutObjectCommand({ Bucket, Key: prefix + name, Body }));
}

/** What the server keeps of an object besides its bytes. */
export async function headOf(storage: S3Storage, name: string): Promise<HeadObjectCommandOutput> {
  const { bucket: Bucket, prefix } = storage;
  return await client.send(new HeadObjectCommand({ Bucket, Key: prefix + name }));
}

/** Everything there is below the prefix, the library's own objects left out. */
export async function names(storage: S3Storage): Promise<string[]> {
  return await Array.fromAsync(storage.walk(), ({ name }) => name);
}

/** The text of an object, or of a part of it. */
export async function textOf(
  storage: S3Storage,
  name: string,
  options?: ReadOptions,
): Promise<string> {
  return await new Response(await storage.open(name, options)).text();
}

/** Bytes that repeat nowhere, the same in every run. */
export function pattern(length: number): Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16));
  return new Uint8Array(cipher.update(new Uint8Array(length)));
}

/** Gives bytes as a network does: in chunks, once, and nobody knows how many. */
export async function* streamed(bytes: Uint8Array, size = 100_000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

/** SHA-256 of an object's bytes as they are read, or of given ones. */
export async function sha256(
  bytes: Uint8Array | ReadableStream<Uint8Array> | string,
): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes instanceof ReadableStream ? bytes : [bytes]) hash.update(chunk);
  return hash.digest('hex');
}

async function removeBucket(Bucket: string): Promise<void> {
  await client.send(new DeleteBucketPolicyCommand({ Bucket }));
  await emptyBucket(Bucket);
  await client.send(new DeleteBucketCommand({ Bucket }));
}

/** Removes all that a bucket holds. */
async function emptyBucket(Bucket: string): Promise<void> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (Objects.length === 0) break;
    const Delete = { Objects, Quiet: true };
    await client.send(
      new DeleteObjectsCommand({ Bucket, Delete, BypassGovernanceRetention: true }),
    );
  }
}
