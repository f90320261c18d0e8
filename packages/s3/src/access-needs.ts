import type { CheckedS3Options } from './checked-options.ts';

/** What a storage has to be allowed to do, and where. Holds no secret. */
export interface AccessNeeds {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  /** IAM actions on objects. */
  readonly objectActions: readonly string[];
  /** The key of KMS that encrypts them, by its id, ARN or alias. */
  readonly kmsKeyId: string | undefined;
}

/** Reading, writing, deleting, and the parts of large objects; a copy needs no more. */
const always = [
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];

/** What a storage with these options needs. */
export function accessNeeds(options: CheckedS3Options): AccessNeeds {
  const { bucket, prefix, region, acl, objectParameters: parameters, sse } = options;
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = parameters;
  const grants = [
    parameters.GrantFullControl,
    parameters.GrantRead,
    parameters.GrantReadACP,
    parameters.GrantWriteACP,
  ];
  const sometimes: readonly [action: string, reason: unknown][] = [
    ['s3:PutObjectAcl', [acl, parameters.ACL, ...grants].find(Boolean)],
    // A server-side copy takes the tags along.
    ['s3:GetObjectTagging', parameters.Tagging],
    ['s3:PutObjectTagging', parameters.Tagging],
    ['s3:PutObjectRetention', ObjectLockMode ?? ObjectLockRetainUntilDate],
    ['s3:PutObjectLegalHold', ObjectLockLegalHoldStatus],
  ];
  const needed = sometimes.filter(([, reason]) => reason !== undefined);
  return {
    bucket,
    prefix,
    partition: partitionOf(region),
    region,
    objectActions: [...always, ...needed.map(([action]) => action)].toSorted(),
    kmsKeyId: typeof sse === 'object' && 'kmsKeyId' in sse ? sse.kmsKeyId : parameters.SSEKMSKeyId,
  };
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
