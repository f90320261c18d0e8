import { StorageOptionsError } from '@filefield/core';
import { bucketArn, literal } from './iam-policy.ts';
import { bucketOf, type S3Storage } from './s3-storage.ts';

/** The policy of a bucket, and whether it opens something to everybody. */
export interface BucketPolicy {
  /** Nothing where no statement is needed. */
  readonly document: BucketPolicyDocument | undefined;
  readonly isPublic: boolean;
}

/** A policy of a bucket, ready for `JSON.stringify`. */
export interface BucketPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly BucketPolicyStatement[];
}

/** One statement of a {@link BucketPolicyDocument}. */
export interface BucketPolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly Service: string };
  readonly Action: string;
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/**
 * Who may read a bucket besides its owner: everybody below the prefixes of public storages, CloudFront what has a domain
 * of its own where distributions are named, and nobody without TLS.
 */
export function bucketPolicy(
  storages: readonly S3Storage[],
  distributions: readonly string[],
): BucketPolicy {
  const viaNetwork = storages.filter(
    (storage) => distributions.length > 0 && bucketOf(storage).options.customDomain !== undefined,
  );
  const open = storages.filter(
    (storage) => storage.visibility === 'public' && !viaNetwork.includes(storage),
  );
  const Statement = [
    ...tlsOnly(storages),
    ...reading('PublicRead', open, { Principal: '*' }),
    ...reading('CloudFrontRead', viaNetwork, {
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Condition: { StringEquals: { 'AWS:SourceArn': [...distributions] } },
    }),
  ];
  return {
    document: Statement.length === 0 ? undefined : { Version: '2012-10-17', Statement },
    isPublic: open.length > 0,
  };
}

/** @throws {@link StorageOptionsError} when one is no ARN of a distribution. */
export function assertDistributions(arns: readonly string[]): void {
  const other = arns.find(
    (arn) => !/^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/\w+$/.test(arn),
  );
  if (other === undefined) return;
  throw new StorageOptionsError(
    `Cannot let ${JSON.stringify(other)} read a bucket: the ARN of a distribution is wanted, such as "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"`,
  );
}

/** Not for a server that is reached without: the policy would lock its own storages out. */
function tlsOnly(storages: readonly S3Storage[]): BucketPolicyStatement[] {
  const [first] = storages;
  const isPlain = storages.some((storage) => {
    const { endpoint, publicEndpoint } = bucketOf(storage).options;
    return [endpoint, publicEndpoint].some((url) => url?.startsWith('http:'));
  });
  if (first === undefined || isPlain) return [];
  const arn = bucketArn(first.accessNeeds);
  return [
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [arn, `${arn}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ];
}

function reading(
  Sid: string,
  storages: readonly S3Storage[],
  whom: Pick<BucketPolicyStatement, 'Principal' | 'Condition'>,
): BucketPolicyStatement[] {
  if (storages.length === 0) return [];
  const resources = storages.map(
    ({ accessNeeds }) => `${bucketArn(accessNeeds)}/${literal(accessNeeds.prefix)}*`,
  );
  const Resource = [...new Set(resources)].toSorted();
  return [{ Sid, Effect: 'Allow', Action: 's3:GetObject', Resource, ...whom }];
}
