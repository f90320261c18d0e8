import type { S3Bucket } from './s3-bucket.ts';

/** The parameters that say which object is copied. */
export function copySource(
  bucket: S3Bucket,
  name: string,
): {
  readonly CopySource: string;
  readonly ExpectedSourceBucketOwner?: string;
  readonly CopySourceSSECustomerAlgorithm?: 'AES256';
  readonly CopySourceSSECustomerKey?: string;
} {
  const key = bucket.key(name).split('/').map(encodeURIComponent).join('/');
  const { customerKey } = bucket;
  const { ExpectedBucketOwner } = bucket.place;
  return {
    CopySource: `${bucket.name}/${key}`,
    ...(ExpectedBucketOwner === undefined
      ? {}
      : { ExpectedSourceBucketOwner: ExpectedBucketOwner }),
    ...(customerKey === undefined
      ? {}
      : {
          CopySourceSSECustomerAlgorithm: customerKey.SSECustomerAlgorithm,
          CopySourceSSECustomerKey: customerKey.SSECustomerKey,
        }),
  };
}
