import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import type { ProbeFinding } from './probe.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

type Finding = Omit<ProbeFinding, 'subject'>;

/** Whether what is deleted goes away one day. */
export async function checkVersioning(bucket: S3Bucket): Promise<Finding> {
  const { Status } = await bucket.ask('s3:GetBucketVersioning', undefined, async (client) =>
    client.send(new GetBucketVersioningCommand(bucket.bare)),
  );
  if (Status !== 'Enabled') {
    return { state: 'good', message: 'the bucket keeps no versions: what is deleted is gone' };
  }
  const rules = await lifecycleRules(bucket);
  const expires = rules.some(
    ({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration !== undefined,
  );
  if (expires) {
    return { state: 'good', message: 'the bucket keeps versions, and older ones expire' };
  }
  const message =
    'the bucket keeps every version for ever: add a lifecycle rule with NoncurrentVersionExpiration ' +
    'and ExpiredObjectDeleteMarker, or what is deleted is paid for';
  return {
    state: 'advice',
    message,
    breaks: 'what is reclaimed stays as an older version, and is paid for',
    fix: 'apply the lifecycle rules of bucketConfiguration(storage)',
  };
}

/** Whether parts of uploads that a crash interrupted go away one day, also where nobody reclaims them. */
export async function checkUnfinishedUploads(bucket: S3Bucket): Promise<Finding> {
  const rules = await lifecycleRules(bucket);
  const rule = rules.find(
    ({ AbortIncompleteMultipartUpload }) => AbortIncompleteMultipartUpload !== undefined,
  );
  if (rule === undefined) {
    const message =
      'unfinished uploads stay where nobody reclaims them: add a lifecycle rule with AbortIncompleteMultipartUpload, such as 7 days';
    return {
      state: 'advice',
      message,
      breaks: 'parts of interrupted uploads stay and are paid for',
      fix: 'apply the lifecycle rules of bucketConfiguration(storage)',
    };
  }
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? 0;
  return { state: 'good', message: `unfinished uploads are removed after ${days} days` };
}

/** The rules that are in force for all objects of the storage. */
async function lifecycleRules(bucket: S3Bucket): Promise<LifecycleRule[]> {
  try {
    const { Rules = [] } = await bucket.ask(
      's3:GetLifecycleConfiguration',
      undefined,
      async (client) => client.send(new GetBucketLifecycleConfigurationCommand(bucket.bare)),
    );
    return Rules.filter((rule) => rule.Status === 'Enabled' && covers(rule, bucket.options.prefix));
  } catch (error) {
    if (error instanceof S3Problem && error.isMissing) return [];
    throw error;
  }
}

function covers(rule: LifecycleRule, prefix: string): boolean {
  const { Prefix, Tag, And, ObjectSizeGreaterThan, ObjectSizeLessThan } = rule.Filter ?? {};
  const isPartial = [Tag, And, ObjectSizeGreaterThan, ObjectSizeLessThan].some(Boolean);
  // Rules of the first kind have it outside of the filter.
  const start: unknown = Prefix ?? Reflect.get(rule, 'Prefix') ?? '';
  return !isPartial && typeof start === 'string' && prefix.startsWith(start);
}
