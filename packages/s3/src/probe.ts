import type { FileStorage } from '@filefield/core';
import { UnsupportedOperationError } from '@filefield/core';
import { checkCors, checkEncryption, checkPublicAccess } from './bucket-access-checks.ts';
import { checkBucket, checkClock, checkRegion, checkWrites } from './bucket-checks.ts';
import { checkUnfinishedUploads, checkVersioning } from './bucket-lifecycle-checks.ts';
import { S3Problem, s3Reason } from './s3-errors.ts';
import { bucketOf, S3Storage } from './s3-storage.ts';
import type { S3Bucket } from './s3-bucket.ts';

/** What {@link probe} looks at. */
export type ProbeSubject =
  | 'bucket'
  | 'region'
  | 'clock'
  | 'conditional writes'
  | 'public access'
  | 'encryption'
  | 'versioning'
  | 'unfinished uploads'
  | 'cors';

/** What was found out about one thing. */
export interface ProbeFinding {
  readonly subject: ProbeSubject;
  /** `bad`: something will fail, or is open that should not be. `advice`: it works, and could be better. `unknown`: the server or the credentials do not tell. */
  readonly state: 'good' | 'advice' | 'bad' | 'unknown';
  /** What was found, and what to do where it is not good. */
  readonly message: string;
  /** What does not work, or will not, while it stays so; there where something is not good. */
  readonly breaks?: string | undefined;
  /** What to do; there where something is not good. */
  readonly fix?: string | undefined;
}

/** What {@link probe} answers. */
export interface ProbeReport {
  /** Whether nothing is bad. */
  readonly isGood: boolean;
  readonly findings: readonly ProbeFinding[];
}

type Check = (bucket: S3Bucket, storage: S3Storage) => Promise<Omit<ProbeFinding, 'subject'>>;

const checks: readonly (readonly [subject: ProbeSubject, check: Check])[] = [
  ['region', checkRegion],
  ['clock', checkClock],
  ['conditional writes', checkWrites],
  ['public access', checkPublicAccess],
  ['encryption', checkEncryption],
  ['versioning', checkVersioning],
  ['unfinished uploads', checkUnfinishedUploads],
  ['cors', checkCors],
];

/**
 * Looks whether a bucket is as its storage needs it: it exists, in this region, is public only where that is meant, keeps
 * nothing for ever … Meant for deployments, `filefield check` and questions of why. Changes nothing; like `ready()` it
 * writes the small object `.filefield/probe` with which conditional writes are tried out.
 *
 * @throws {@link UnsupportedOperationError} when the storage is not on S3.
 */
export async function probe(storage: FileStorage): Promise<ProbeReport> {
  if (!(storage instanceof S3Storage)) {
    throw new UnsupportedOperationError('probe', storage.alias, 'it is no S3Storage');
  }
  const bucket = bucketOf(storage);
  const first = await found('bucket', checkBucket, bucket, storage);
  const others =
    first.state === 'bad'
      ? []
      : await Promise.all(
          checks.map(async ([subject, check]) => found(subject, check, bucket, storage)),
        );
  const findings = [first, ...others];
  return { isGood: findings.every(({ state }) => state !== 'bad'), findings };
}

const unusable = {
  breaks: 'files are neither stored nor read',
  fix: 'correct bucket, endpoint, region or credentials, or let the role do what iamPolicy() says',
};

const untold = {
  breaks: 'nobody can tell whether it is right',
  fix: 'let the role read the settings of the bucket: iamPolicy(storages, { probe: true })',
};

async function found(
  subject: ProbeSubject,
  check: Check,
  bucket: S3Bucket,
  storage: S3Storage,
): Promise<ProbeFinding> {
  try {
    return { subject, ...(await check(bucket, storage)) };
  } catch (error) {
    const message = s3Reason(error);
    if (!(error instanceof S3Problem) || message === undefined) throw error;
    if (subject !== 'bucket') return { subject, state: 'unknown', message, ...untold };
    return { subject, state: 'bad', message, ...unusable };
  }
}
