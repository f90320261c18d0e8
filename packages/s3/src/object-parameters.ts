import type { PutObjectCommandInput } from '@aws-sdk/client-s3';

/** What may be said of an object when it is written. */
export type ObjectParameterName =
  | 'ACL'
  | 'BucketKeyEnabled'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentType'
  | 'Expires'
  | 'GrantFullControl'
  | 'GrantRead'
  | 'GrantReadACP'
  | 'GrantWriteACP'
  | 'Metadata'
  | 'ObjectLockLegalHoldStatus'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
  | 'SSEKMSEncryptionContext'
  | 'SSEKMSKeyId'
  | 'ServerSideEncryption'
  | 'StorageClass'
  | 'Tagging'
  | 'WebsiteRedirectLocation';

/**
 * Headers that objects are written with, under the SDK's names: `CacheControl`, `StorageClass`, `Tagging`, `Metadata` …
 * A `ContentType` wins over the detected one, a `ContentEncoding` switches gzip off, an `ACL` wins over the option `acl`.
 */
export type ObjectParameters = Pick<PutObjectCommandInput, ObjectParameterName>;

/** What is known of an object before it is written. */
export interface ObjectFacts {
  /** Media type: from the bytes, else the extension, else as declared. */
  readonly type: string;
  /** Bytes; `undefined` where the source does not say. */
  readonly size: number | undefined;
}

const allNames: Readonly<Record<ObjectParameterName, true>> = {
  ACL: true,
  BucketKeyEnabled: true,
  CacheControl: true,
  ContentDisposition: true,
  ContentEncoding: true,
  ContentLanguage: true,
  ContentType: true,
  Expires: true,
  GrantFullControl: true,
  GrantRead: true,
  GrantReadACP: true,
  GrantWriteACP: true,
  Metadata: true,
  ObjectLockLegalHoldStatus: true,
  ObjectLockMode: true,
  ObjectLockRetainUntilDate: true,
  SSEKMSEncryptionContext: true,
  SSEKMSKeyId: true,
  ServerSideEncryption: true,
  StorageClass: true,
  Tagging: true,
  WebsiteRedirectLocation: true,
};

/** The names of {@link ObjectParameters}. */
export const objectParameterNames: readonly string[] = Object.keys(allNames);
