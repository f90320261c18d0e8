import type { ObjectCannedACL } from '@aws-sdk/client-s3';

/** The access control lists that S3 knows by name. */
export const cannedAcls: readonly S3Acl[] = [
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-full-control',
  'bucket-owner-read',
  'private',
  'public-read',
  'public-read-write',
];

/** An access control list of S3 by its name. */
export type S3Acl = ObjectCannedACL;

/** The lists that let people in whom the application does not know. */
export const openAcls: ReadonlySet<unknown> = new Set<S3Acl>([
  'authenticated-read',
  'public-read',
  'public-read-write',
]);
