import { S3Client } from '@aws-sdk/client-s3';
import type { CheckedS3Options } from './checked-options.ts';

/** Where a bucket is reached. */
export interface BucketAddress {
  /** `https://acme.s3.eu-central-1.amazonaws.com` */
  readonly origin: string;
  /** Host and port, as the `Host` header names them. */
  readonly host: string;
  /** Begins and ends with a slash: `/`, or `/acme/` in path style. */
  readonly path: string;
}

/** Where browsers reach the bucket. The SDK's own rules decide (partitions, IP addresses, names with dots), so that URLs and requests agree. */
export function publicAddress(options: CheckedS3Options): BucketAddress {
  const { bucket, region, forcePathStyle, accelerate, clientSettings } = options;
  const endpoint = options.publicEndpoint ?? options.endpoint;
  // A client only for its rules; it opens no connection and asks for no credentials.
  const { endpointProvider } = new S3Client({ region }).config;
  const { url } = endpointProvider({
    Bucket: bucket,
    Region: region,
    Endpoint: endpoint,
    ForcePathStyle: forcePathStyle,
    Accelerate: accelerate,
    UseDualStack: clientSettings.useDualstackEndpoint === true,
    UseFIPS: clientSettings.useFipsEndpoint === true,
  });
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  return { origin: url.origin, host: url.host, path };
}

/** The canonical identity of the place: the same for all who mean it, however they reach it. */
export function bucketLocation(options: CheckedS3Options): string {
  return `s3://${serverOf(options)}/${options.bucket}/${options.prefix}`;
}

/** Which server: one can copy between its own buckets. */
export function serverOf({ region, endpoint }: CheckedS3Options): string {
  // Names of buckets are unique per partition of AWS, whatever the region.
  const aws = `s3.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return endpoint === undefined ? aws : endpoint.replace(/^https?:\/\//, '');
}
