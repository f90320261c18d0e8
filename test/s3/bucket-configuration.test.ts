import { MemoryStorage } from '@filefield/core';
import {
  bucketConfiguration,
  bucketConfigurations,
  S3Storage,
  type BucketConfigurationOptions,
  type S3StorageOptions,
} from '@filefield/s3';
import { describe, expect, it } from 'vitest';

const distribution = 'arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE';
const closed = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

function storage(options: Partial<S3StorageOptions> = {}, alias?: string): S3Storage {
  const made = new S3Storage({ bucket: 'acme', region: 'eu-central-1', ...options });
  made.alias = alias;
  return made;
}

/** The statements of the bucket's policy. */
function statements(
  storages: readonly S3Storage[],
  options?: BucketConfigurationOptions,
): Record<string, unknown>[] {
  const { Policy = '' } = bucketConfiguration(storages, options)['put-bucket-policy'] ?? {};
  return (JSON.parse(Policy) as { Statement: Record<string, unknown>[] }).Statement;
}

describe('the configuration of a bucket', () => {
  it('is closed, encrypted, keeps versions for a while, and wants TLS', () => {
    const configuration = bucketConfiguration(storage({ prefix: 'media/' }));

    const Bucket = 'acme';
    const Rules = [
      {
        ID: 'filefield media/',
        Status: 'Enabled',
        Filter: { Prefix: 'media/' },
        Expiration: { ExpiredObjectDeleteMarker: true },
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ];
    const byDefault = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }];
    const Policy =
      '{"Version":"2012-10-17","Statement":[{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*",' +
      '"Resource":["arn:aws:s3:::acme","arn:aws:s3:::acme/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}';
    expect(configuration).toEqual({
      'put-public-access-block': { Bucket, PublicAccessBlockConfiguration: closed },
      'put-bucket-versioning': { Bucket, VersioningConfiguration: { Status: 'Enabled' } },
      'put-bucket-encryption': {
        Bucket,
        ServerSideEncryptionConfiguration: { Rules: byDefault },
      },
      'put-bucket-lifecycle-configuration': { Bucket, LifecycleConfiguration: { Rules } },
      'put-bucket-policy': { Bucket, Policy },
    });
  });

  it('names its owner in every command, where the storage does', () => {
    const configuration = bucketConfiguration(storage({ expectedBucketOwner: '123456789012' }));

    for (const input of Object.values(configuration)) {
      expect(input).toMatchObject({ Bucket: 'acme', ExpectedBucketOwner: '123456789012' });
    }
  });

  it('lets everybody read below the prefixes of public storages, and nowhere else', () => {
    const all = [
      storage({ prefix: 'media/' }),
      storage({ prefix: 'static/', visibility: 'public' }),
      storage({ prefix: 'a$b/', visibility: 'public' }),
    ];

    expect(statements(all)).toContainEqual({
      Sid: 'PublicRead',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: ['arn:aws:s3:::acme/a${$}b/*', 'arn:aws:s3:::acme/static/*'],
    });
    const { PublicAccessBlockConfiguration } = bucketConfiguration(all)['put-public-access-block'];
    expect(PublicAccessBlockConfiguration).toEqual({
      ...closed,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    });
  });

  it('lets CloudFront read in place of everybody, and stays closed', () => {
    const one = storage({ visibility: 'public', customDomain: 'static.example.com' });
    const options = { cloudfront: distribution };

    expect(statements([one], options)).toContainEqual({
      Sid: 'CloudFrontRead',
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: ['arn:aws:s3:::acme/*'],
      Condition: { StringEquals: { 'AWS:SourceArn': [distribution] } },
    });
    expect(bucketConfiguration(one, options)).toMatchObject({
      'put-public-access-block': { PublicAccessBlockConfiguration: closed },
    });
  });

  it('allows ACLs where a public storage uses one', () => {
    const one = storage({ visibility: 'public', acl: 'public-read' });

    expect(bucketConfiguration(one)).toMatchObject({
      'put-public-access-block': {
        PublicAccessBlockConfiguration: { BlockPublicAcls: false, IgnorePublicAcls: false },
      },
      'put-bucket-ownership-controls': {
        Bucket: 'acme',
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
      },
    });
  });

  it('has one rule for each prefix: what expires goes at once, its versions too', () => {
    const all = [
      storage({ prefix: 'media/' }, 'media'),
      storage({ prefix: 'exports/' }, 'exports'),
    ];

    const { LifecycleConfiguration } = bucketConfiguration(all, { expireAfter: { exports: 3 } })[
      'put-bucket-lifecycle-configuration'
    ];

    expect(LifecycleConfiguration?.Rules).toMatchObject([
      { Filter: { Prefix: 'media/' }, Expiration: { ExpiredObjectDeleteMarker: true } },
      {
        Filter: { Prefix: 'exports/' },
        Expiration: { Days: 3 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ]);
  });

  it('encrypts with the key that all of its storages use', () => {
    const kmsKeyId = 'arn:aws:kms:eu-central-1:123456789012:key/1';
    const [one, two] = [storage({ prefix: 'a/', sse: { kmsKeyId } }), storage({ prefix: 'b/' })];
    const rules = (...of: S3Storage[]) =>
      bucketConfiguration(of)['put-bucket-encryption'].ServerSideEncryptionConfiguration?.Rules;

    expect(rules(one)).toMatchObject([
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyId },
        BucketKeyEnabled: true,
      },
    ]);
    expect(rules(one, two)).toMatchObject([
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
    ]);
  });

  it('lets pages of the origins use the bucket', () => {
    const { 'put-bucket-cors': cors } = bucketConfiguration(storage(), {
      origins: ['https://app.example.com'],
    });

    expect(cors).toMatchObject({
      Bucket: 'acme',
      CORSConfiguration: { CORSRules: [{ AllowedOrigins: ['https://app.example.com'] }] },
    });
  });

  it('does not lock out a server that is reached without TLS', () => {
    const endpoint = 'http://minio:9000';

    expect(bucketConfiguration(storage({ endpoint }))).not.toHaveProperty('put-bucket-policy');
  });

  it('is one for each bucket, of storages on S3', () => {
    const all = [storage(), new MemoryStorage(), storage({ bucket: 'other' })];

    const buckets = bucketConfigurations(all).map((one) => one['put-bucket-versioning'].Bucket);

    expect(buckets).toEqual(['acme', 'other']);
  });

  it('is one for each server, of buckets that share a name', () => {
    const open = storage({ endpoint: 'https://minio.example.com', visibility: 'public' });

    const [ours, theirs] = bucketConfigurations([storage({ prefix: 'media/' }), open]);

    expect(ours?.['put-bucket-policy']?.Policy).not.toContain('PublicRead');
    expect(theirs?.['put-bucket-policy']?.Policy).toContain('arn:aws:s3:::acme/*');
  });

  it.each<[what: string, write: () => unknown, message: string]>([
    ['no storage on S3', () => bucketConfiguration(new MemoryStorage()), 'none of the storages'],
    [
      'storages in several buckets',
      () => bucketConfiguration([storage(), storage({ bucket: 'other' })]),
      'the storages lie in several buckets',
    ],
    [
      'half a day',
      () => bucketConfiguration(storage({}, 'a'), { expireAfter: { a: 0.5 } }),
      'expireAfter of "a" is 0.5, a whole number of days from 1 is wanted',
    ],
    [
      'the expiry of a storage that is none of them',
      () => bucketConfiguration(storage({}, 'a'), { expireAfter: { b: 1 } }),
      'expireAfter names "b", which is none of the storages',
    ],
    [
      'one place that expires under one alias only',
      () => bucketConfiguration([storage({}, 'a'), storage({}, 'b')], { expireAfter: { a: 1 } }),
      'two storages share a prefix',
    ],
    [
      'a private prefix inside a public storage, which its policy would open',
      () => bucketConfiguration([storage({ prefix: 'a/' }), storage({ visibility: 'public' })]),
      'prefix "a/" lies inside ""',
    ],
    [
      'a prefix inside a storage that expires',
      () =>
        bucketConfiguration([storage({ prefix: 'a/' }, 'a'), storage({ prefix: 'a/b/' }, 'b')], {
          expireAfter: { a: 1 },
        }),
      'prefix "a/b/" lies inside "a/"',
    ],
    [
      'one place that is private under one alias and public under another',
      () => bucketConfiguration([storage(), storage({ visibility: 'public' })]),
      'prefix "" is public and private at once',
    ],
    [
      'no ARN of a distribution',
      () => bucketConfiguration(storage(), { cloudfront: 'E1EXAMPLE' }),
      'the ARN of a distribution is wanted',
    ],
    ['no origin', () => bucketConfiguration(storage(), { origins: ['*'] }), 'is no origin'],
  ])('is refused: %s', (_what, write, message) => {
    expect(write).toThrow(message);
  });
});
