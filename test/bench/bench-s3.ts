import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Storage, type S3StorageOptions } from '@filefield/s3';
import { startS3Server } from '../support/start-s3-server.ts';

/** How storages and clients reach one bucket; fit for the arguments of a child process. */
export interface BenchBucket {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
}

/** Starts an S3 server of this benchmark's own, or takes `S3_TEST_ENDPOINT`, and makes a bucket. */
export async function benchBucket(): Promise<BenchBucket & AsyncDisposable> {
  const { server, started, stop } = await startS3Server();
  await started;
  const { endpoint, region, credentials, bucketPrefix } = server;
  const bucket = bucketPrefix + randomBytes(4).toString('hex');
  const place = { endpoint, region, credentials, bucket };
  await bareClient(place).send(new CreateBucketCommand({ Bucket: bucket }));
  return { ...place, [Symbol.asyncDispose]: stop };
}

/** The SDK's client with the settings that a storage of the same bucket gives its own. */
export function bareClient({ endpoint, region, credentials }: BenchBucket): S3Client {
  return new S3Client({
    endpoint,
    region,
    // Copied: the SDK writes into it.
    credentials: { ...credentials },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** A storage in the bucket. */
export function benchStorage(
  { endpoint, region, credentials, bucket }: BenchBucket,
  options: Partial<S3StorageOptions> = {},
): S3Storage {
  return new S3Storage({ endpoint, region, credentials, bucket, ...options });
}
