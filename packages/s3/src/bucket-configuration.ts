import type {
  PutBucketCorsCommandInput,
  PutBucketEncryptionCommandInput,
  PutBucketLifecycleConfigurationCommandInput,
  PutBucketOwnershipControlsCommandInput,
  PutBucketPolicyCommandInput,
  PutBucketVersioningCommandInput,
  PutPublicAccessBlockCommandInput,
} from '@aws-sdk/client-s3';
import { StorageOptionsError, type FileStorage } from '@filefield/core';
import { assertDistributions, bucketPolicy } from './bucket-policy.ts';
import { corsRules } from './cors-rules.ts';
import { lifecycleRules } from './lifecycle-rules.ts';
import { openAcls } from './s3-acl.ts';
import { bucketOf, type S3Storage } from './s3-storage.ts';
import { storagesOnS3, type StoragesToAllow } from './storages-on-s3.ts';

/**
 * How a bucket should be, ready for `JSON.stringify`: each member is the input of the command of `aws s3api` that it is
 * named after (`--cli-input-json`), and of the SDK's. To be applied in this order.
 */
export interface BucketConfiguration {
  /** There where a storage sends an ACL, which buckets of AWS refuse unless they are told. */
  readonly 'put-bucket-ownership-controls'?: PutBucketOwnershipControlsCommandInput;
  readonly 'put-public-access-block': PutPublicAccessBlockCommandInput;
  readonly 'put-bucket-versioning': PutBucketVersioningCommandInput;
  readonly 'put-bucket-encryption': PutBucketEncryptionCommandInput;
  readonly 'put-bucket-lifecycle-configuration': PutBucketLifecycleConfigurationCommandInput;
  /** There with `origins`. */
  readonly 'put-bucket-cors'?: PutBucketCorsCommandInput;
  /**
   * There unless it would say nothing: a private storage at an `endpoint` without TLS. Where a proxy ends TLS, its server
   * has to be told (Ceph: `rgw_trust_forwarded_https`), or `TlsOnly` refuses everybody.
   */
  readonly 'put-bucket-policy'?: PutBucketPolicyCommandInput;
}

/** Options of {@link bucketConfiguration}. */
export interface BucketConfigurationOptions {
  /** Where the pages come from that upload, or read with scripts; see `corsRules()`. Default: none, hence no CORS rules. */
  readonly origins?: readonly string[] | undefined;
  /** Days that older versions stay. Default 30; of storages that expire 1. */
  readonly keepVersions?: number | undefined;
  /** Days after which parts of unfinished uploads are removed. Default 7. */
  readonly abortUploads?: number | undefined;
  /**
   * Days after which the server removes every object of a storage, by its alias: for exports whose rows go before.
   * Default: never.
   */
  readonly expireAfter?: Readonly<Record<string, number>> | undefined;
  /** ARNs of the CloudFront distributions that read storages with a `customDomain`, by Origin Access Control, in place of everybody. Default: none. */
  readonly cloudfront?: string | readonly string[] | undefined;
}

/**
 * How the bucket of a storage, or of several, should be: closed but for what public storages show, TLS only, encrypted,
 * with versions that expire, and nothing unfinished that stays. What is applied takes the place of what the bucket had:
 * name all of its storages.
 *
 * @throws {@link StorageOptionsError} when none is on S3, they lie in several buckets (see {@link bucketConfigurations}),
 * one lies inside another, or an option cannot be right.
 */
export function bucketConfiguration(
  storages: FileStorage | StoragesToAllow,
  options: BucketConfigurationOptions = {},
): BucketConfiguration {
  const all = isStorages(storages) ? storages : [storages];
  const [first, ...others] = bucketConfigurations(all, options);
  if (first !== undefined && others.length === 0) return first;
  throw wrong('the storages lie in several buckets, ask for each');
}

/** {@link bucketConfiguration} of every bucket of the storages; those that are elsewhere are left out. */
export function bucketConfigurations(
  storages: StoragesToAllow,
  options: BucketConfigurationOptions = {},
): BucketConfiguration[] {
  const found = storagesOnS3(storages);
  if (found.length === 0) throw wrong('none of the storages is on S3');
  const aliases = new Set(found.map(({ alias }) => alias));
  const unknown = Object.keys(options.expireAfter ?? {}).find((alias) => !aliases.has(alias));
  if (unknown !== undefined)
    throw wrong(`expireAfter names ${JSON.stringify(unknown)}, which is none of the storages`);
  // Two servers may each have a bucket of one name.
  const buckets = Map.groupBy(found, ({ location, prefix }) =>
    location.slice(0, location.length - prefix.length),
  );
  return [...buckets.values()].map((of) => configurationOf(of, options));
}

function configurationOf(
  storages: readonly S3Storage[],
  options: BucketConfigurationOptions,
): BucketConfiguration {
  assertApart(storages);
  const distributions = [options.cloudfront ?? []].flat();
  assertDistributions(distributions);
  const policy = bucketPolicy(storages, distributions);
  const place = placeOf(storages);
  return {
    ...(storages.some(sendsAcls) && {
      'put-bucket-ownership-controls': {
        ...place,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
      },
    }),
    'put-public-access-block': {
      ...place,
      PublicAccessBlockConfiguration: publicAccess(storages, policy.isPublic),
    },
    'put-bucket-versioning': { ...place, VersioningConfiguration: { Status: 'Enabled' } },
    'put-bucket-encryption': { ...place, ServerSideEncryptionConfiguration: encryption(storages) },
    'put-bucket-lifecycle-configuration': {
      ...place,
      LifecycleConfiguration: { Rules: lifecycleRules(storages, options) },
    },
    ...(options.origins !== undefined && {
      'put-bucket-cors': {
        ...place,
        CORSConfiguration: corsRules({ origins: options.origins }),
      },
    }),
    ...(policy.document !== undefined && {
      'put-bucket-policy': { ...place, Policy: JSON.stringify(policy.document) },
    }),
  };
}

/** What a policy opens, or a rule deletes, by its prefix is everything below it. */
function assertApart(storages: readonly S3Storage[]): void {
  for (const outer of storages) {
    const inner = storages.find(
      ({ prefix, visibility }) =>
        prefix.startsWith(outer.prefix) &&
        (prefix !== outer.prefix || visibility !== outer.visibility),
    );
    if (inner === undefined) continue;
    const [within, around] = [inner.prefix, outer.prefix].map((prefix) => JSON.stringify(prefix));
    if (within !== around) throw wrong(`prefix ${within} lies inside ${around}`);
    throw wrong(`prefix ${within} is public and private at once`);
  }
}

function sendsAcls(storage: S3Storage): boolean {
  return storage.accessNeeds.objectActions.includes('s3:PutObjectAcl');
}

function placeOf([storage]: readonly S3Storage[]): { Bucket: string } {
  if (storage === undefined) throw wrong('there is no storage');
  return bucketOf(storage).bare;
}

function publicAccess(
  storages: readonly S3Storage[],
  isPublic: boolean,
): PutPublicAccessBlockCommandInput['PublicAccessBlockConfiguration'] {
  const hasPublicAcls = storages.some((storage) => {
    const { acl, objectParameters } = bucketOf(storage).options;
    return openAcls.has(objectParameters.ACL ?? acl);
  });
  return {
    BlockPublicAcls: !hasPublicAcls,
    IgnorePublicAcls: !hasPublicAcls,
    BlockPublicPolicy: !isPublic,
    RestrictPublicBuckets: !isPublic,
  };
}

/** A bucket has one default; storages with keys of their own send them with each object. */
function encryption(
  storages: readonly S3Storage[],
): PutBucketEncryptionCommandInput['ServerSideEncryptionConfiguration'] {
  const keys = new Set(storages.map(({ accessNeeds }) => accessNeeds.kmsKeyId));
  const [key] = keys;
  if (key === undefined || keys.size > 1) {
    return { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] };
  }
  const byKey = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } as const;
  return { Rules: [{ ApplyServerSideEncryptionByDefault: byKey, BucketKeyEnabled: true }] };
}

function isStorages(storages: FileStorage | StoragesToAllow): storages is StoragesToAllow {
  return 'aliases' in storages || Symbol.iterator in storages;
}

function wrong(problem: string): StorageOptionsError {
  return new StorageOptionsError(`Cannot write the configuration of a bucket: ${problem}`);
}
