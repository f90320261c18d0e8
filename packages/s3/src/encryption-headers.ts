import type { CheckedS3Options } from './checked-options.ts';
import type { ObjectParameters } from './object-parameters.ts';

/** The parameters that say how the server encrypts an object with a key that it has. */
export function encryption(sse: CheckedS3Options['sse']): ObjectParameters {
  if (sse === 's3') return { ServerSideEncryption: 'AES256' };
  if (sse === 'kms') return { ServerSideEncryption: 'aws:kms' };
  if (sse === undefined || 'customerKey' in sse) return {};
  const { kmsKeyId, bucketKey } = sse;
  return {
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: kmsKeyId,
    ...(bucketKey === undefined ? {} : { BucketKeyEnabled: bucketKey }),
  };
}

/** The same as headers of a request, and as fields of a form. */
export function encryptionHeaders({
  sse,
  objectParameters,
}: Pick<CheckedS3Options, 'sse' | 'objectParameters'>): Record<string, string> {
  const given: ObjectParameters = { ...encryption(sse), ...objectParameters };
  const { ServerSideEncryption, SSEKMSKeyId, SSEKMSEncryptionContext, BucketKeyEnabled } = given;
  const values = {
    'x-amz-server-side-encryption': ServerSideEncryption,
    'x-amz-server-side-encryption-aws-kms-key-id': SSEKMSKeyId,
    'x-amz-server-side-encryption-bucket-key-enabled': BucketKeyEnabled?.toString(),
    'x-amz-server-side-encryption-context': SSEKMSEncryptionContext,
  };
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Record<string, string>;
}
