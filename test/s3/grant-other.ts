import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { iamPolicy, type IamPolicyOptions, type S3Storage } from '@filefield/s3';
import { client } from './support.ts';

/**
 * What an administrator does in the account: here as policies of the buckets, which name the server's other user.
 *
 * @param more Further statements of the policy of each bucket.
 */
export async function grantOther(
  storages: readonly S3Storage[],
  options?: IamPolicyOptions,
  more: readonly unknown[] = [],
): Promise<void> {
  const { Version, Statement } = iamPolicy(storages, options);
  for (const Bucket of new Set(storages.map((storage) => storage.bucket))) {
    const isOfBucket = (arn: string): boolean => arn.split(/[:/]/)[5] === Bucket;
    const of = Statement.filter(({ Resource }) => Resource.some(isOfBucket)).map((statement) => ({
      ...statement,
      Principal: { AWS: ['arn:aws:iam:::user/other'] },
      // Ceph 16 refuses a policy with an action that it does not know.
      Action: statement.Action.filter((action) => action !== 's3:GetEncryptionConfiguration'),
      Resource: statement.Resource.filter(isOfBucket),
    }));
    const Policy = JSON.stringify({ Version, Statement: [...of, ...more] });
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  }
}
