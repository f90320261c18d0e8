import type { S3Bucket } from './s3-bucket.ts';

/** The parameters that say which object is copied. */
export function copySource(
  bucket: S3Bucket,
  name: string,
): {
  readonly CopySource: string;
  readonly ExpectedSourceBucketOwner?: string;
  readonly RequestPayer?: 'requester';
  readonly CopySourceSSECustomerAlgorithm?: 'AES256';
  readonly CopySourceSSECustomerKey?: string;
} {
  const key = bucket.key(name).split('/').map(encodeURIComponent).join('/');
  const { customerKey } = bucket;
  const { ExpectedBucketOwner, RequestPayer } = bucket.place;
  return {
    CopySource: `${bucket.name}/${key}`,
    ...(ExpectedBucketOwner === undefined
      ? {}
      : { ExpectedSourceBucketOwner: ExpectedBucketOwner }),
    ...(RequestPayer === undefined ? {} : { RequestPayer }),
    ...(customerKey === undefined
      ? {}
      : {
          CopySourceSSECustomerAlgorithm: customerKey.SSECustomerAlgorithm,
          CopySourceSSECustomerKey: customerKey.SSECustomerKey,
        }),
  };
}
