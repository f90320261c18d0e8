import {
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
} from '@aws-sdk/client-s3';
import type { ProbeFinding } from './probe.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

type Finding = Omit<ProbeFinding, 'subject'>;

/** Whether the bucket lets in whom the storage means to let in. */
export async function checkPublicAccess(bucket: S3Bucket): Promise<Finding> {
  const [isOpen, block] = await Promise.all([isPublic(bucket), publicAccessBlock(bucket)]);
  const { visibility, customDomain } = bucket.options;
  const isBlocked =
    block.BlockPublicAcls === true &&
    block.BlockPublicPolicy === true &&
    block.IgnorePublicAcls === true &&
    block.RestrictPublicBuckets === true;
  if (visibility === 'public') return publicFinding(isOpen, customDomain !== undefined);
  if (isOpen && block.RestrictPublicBuckets !== true) {
    const message =
      "the storage is private, and the bucket's policy lets everybody in: remove that, and block public access";
    return {
      state: 'bad',
      message,
      breaks: 'everybody reads files that are meant to be private',
      fix: 'apply the policy and the public access block of bucketConfiguration(storage)',
    };
  }
  if (isBlocked) return { state: 'good', message: 'public access is blocked' };
  const message = 'nothing is public, and nothing keeps it so: block public access to the bucket';
  return {
    state: 'advice',
    message,
    breaks: 'one wrong policy or ACL shows private files to everybody',
    fix: 'apply the public access block of bucketConfiguration(storage)',
  };
}

/** Whether the bucket encrypts what is written. */
export async function checkEncryption(bucket: S3Bucket): Promise<Finding> {
  const encryption = await unlessMissing(async () =>
    bucket.ask('s3:GetEncryptionConfiguration', undefined, async (client) =>
      client.send(new GetBucketEncryptionCommand(bucket.bare)),
    ),
  );
  const [rule] = encryption?.ServerSideEncryptionConfiguration?.Rules ?? [];
  const algorithm = rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  if (algorithm !== undefined) {
    return { state: 'good', message: `the bucket encrypts objects with ${algorithm}` };
  }
  if (bucket.options.sse !== undefined) {
    return { state: 'good', message: 'the storage has its objects encrypted' };
  }
  const message =
    'objects are not encrypted on the server: set a default for the bucket, or the option sse';
  return {
    state: 'advice',
    message,
    breaks: 'whoever gets at the disks of the server reads the files',
    fix: 'apply the encryption of bucketConfiguration(storage)',
  };
}

/** Whether pages of other origins may use the bucket, which direct uploads need. */
export async function checkCors(bucket: S3Bucket): Promise<Finding> {
  const cors = await unlessMissing(async () =>
    bucket.ask('s3:GetBucketCORS', undefined, async (client) =>
      client.send(new GetBucketCorsCommand(bucket.bare)),
    ),
  );
  const origins = new Set(
    (cors?.CORSRules ?? []).flatMap(({ AllowedOrigins = [] }) => AllowedOrigins),
  );
  if (origins.size === 0) {
    const message =
      'pages of other origins cannot use the bucket: direct uploads need CORS rules, corsRules() writes them';
    return { state: 'good', message };
  }
  const message = `pages of ${[...origins].join(', ')} can use the bucket`;
  if (!origins.has('*')) return { state: 'good', message };
  return {
    state: 'advice',
    message,
    breaks: 'scripts of any page use URLs that they get hold of',
    fix: 'name the origins: bucketConfiguration(storage, { origins })',
  };
}

function publicFinding(isOpen: boolean, hasDomain: boolean): Finding {
  if (isOpen) return { state: 'good', message: 'everybody may read, as the storage means it' };
  if (hasDomain) return { state: 'good', message: 'the custom domain has to let everybody read' };
  const message =
    "the storage is public, and the bucket's policy does not let everybody read: allow s3:GetObject, or use ACLs";
  return {
    state: 'advice',
    message,
    breaks: 'unsigned URLs are refused, unless each object has an ACL that lets everybody read it',
    fix: 'apply the policy and the public access block of bucketConfiguration(storage)',
  };
}

async function isPublic(bucket: S3Bucket): Promise<boolean> {
  const status = await unlessMissing(async () =>
    bucket.ask('s3:GetBucketPolicyStatus', undefined, async (client) =>
      client.send(new GetBucketPolicyStatusCommand(bucket.bare)),
    ),
  );
  return status?.PolicyStatus?.IsPublic ?? false;
}

async function publicAccessBlock(bucket: S3Bucket): Promise<PublicAccessBlockConfiguration> {
  const found = await unlessMissing(async () =>
    bucket.ask('s3:GetBucketPublicAccessBlock', undefined, async (client) =>
      client.send(new GetPublicAccessBlockCommand(bucket.bare)),
    ),
  );
  return found?.PublicAccessBlockConfiguration ?? {};
}

/** A setting that was never made is missing. */
async function unlessMissing<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof S3Problem && error.isMissing) return undefined;
    throw error;
  }
}
