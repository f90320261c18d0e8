import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { S3Storage, type S3StorageOptions } from '@filefield/s3';
import { afterAll, inject, onTestFinished, TestRunner } from 'vitest';

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
export async function createBucket(): Promise<string> {
  const bucket = server.bucketPrefix + randomBytes(4).toString('hex');
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
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

async function removeBucket(Bucket: string): Promise<void> {
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
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}

function afterwards(action: () => Promise<void>): void {
  if (TestRunner.getCurrentTest()) onTestFinished(action);
  else afterAll(action);
}
