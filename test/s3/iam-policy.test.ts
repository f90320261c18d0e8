import {
  defineStorages,
  fallbackStorage,
  MemoryStorage,
  StorageOptionsError,
} from '@filefield/core';
import { iamPolicy, S3Storage, type S3StorageOptions } from '@filefield/s3';
import { describe, expect, it } from 'vitest';

const region = 'eu-central-1';
const objects = [
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];

describe('the IAM policy of storages', () => {
  it('allows all buckets, each below its prefix', () => {
    const storages = defineStorages({
      public: () => new S3Storage({ bucket: 'acme-public', region, visibility: 'public' }),
      private: () => new S3Storage({ bucket: 'acme-private', region, prefix: 'media' }),
      scratch: () => new MemoryStorage(),
    });

    expect(iamPolicy(storages)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'List',
          Effect: 'Allow',
          Action: ['s3:ListBucket'],
          Resource: ['arn:aws:s3:::acme-public'],
        },
        {
          Sid: 'ListUploads',
          Effect: 'Allow',
          Action: ['s3:ListBucketMultipartUploads'],
          Resource: ['arn:aws:s3:::acme-public'],
        },
        {
          Sid: 'List2',
          Effect: 'Allow',
          Action: ['s3:ListBucket'],
          Resource: ['arn:aws:s3:::acme-private'],
          Condition: { StringLike: { 's3:prefix': ['media/', 'media/*'] } },
        },
        {
          Sid: 'ListUploads2',
          Effect: 'Allow',
          Action: ['s3:ListBucketMultipartUploads'],
          Resource: ['arn:aws:s3:::acme-private'],
        },
        {
          Sid: 'Objects',
          Effect: 'Allow',
          Action: objects,
          Resource: ['arn:aws:s3:::acme-private/media/*', 'arn:aws:s3:::acme-public/*'],
        },
      ],
    });
  });

  it('says each bucket and place once', () => {
    const policy = iamPolicy([
      storage({ prefix: 'b' }),
      storage({ prefix: 'a' }),
      storage({ prefix: 'a' }),
    ]);

    expect(policy.Statement).toMatchObject([
      { Condition: { StringLike: { 's3:prefix': ['a/', 'a/*', 'b/', 'b/*'] } } },
      { Resource: ['arn:aws:s3:::acme'] },
      { Resource: ['arn:aws:s3:::acme/a/*', 'arn:aws:s3:::acme/b/*'] },
    ]);
  });

  it('allows both places of a storage that reads through to another', () => {
    const both = fallbackStorage({
      primary: storage({ prefix: 'new' }),
      fallback: storage({ prefix: 'old' }),
    });

    expect(iamPolicy([both])).toEqual(
      iamPolicy([storage({ prefix: 'new' }), storage({ prefix: 'old' })]),
    );
  });

  it('knows the whole of a bucket from a part of it', () => {
    const [list] = iamPolicy([storage({ prefix: 'a' }), storage({})]).Statement;

    expect(list).not.toHaveProperty('Condition');
  });

  it('keeps the rights of one storage from another', () => {
    const { Statement } = iamPolicy([
      storage({ prefix: 'a', acl: 'public-read', visibility: 'public' }),
      storage({ prefix: 'b' }),
    ]);

    const allowing = Statement.filter(({ Action }) => Action.includes('s3:PutObjectAcl'));
    expect(allowing.map(({ Resource }) => Resource)).toEqual([['arn:aws:s3:::acme/a/*']]);
  });

  it.each<[what: string, options: Partial<S3StorageOptions>, actions: readonly string[]]>([
    ['an ACL', { acl: 'bucket-owner-read' }, ['s3:PutObjectAcl']],
    ['an ACL parameter', { objectParameters: { ACL: 'private' } }, ['s3:PutObjectAcl']],
    ['a grant', { objectParameters: { GrantRead: 'id=1' } }, ['s3:PutObjectAcl']],
    [
      'tags',
      { objectParameters: { Tagging: 'a=b' } },
      ['s3:GetObjectTagging', 's3:PutObjectTagging'],
    ],
    ['a lock', { objectParameters: { ObjectLockMode: 'GOVERNANCE' } }, ['s3:PutObjectRetention']],
    [
      'a legal hold',
      { objectParameters: { ObjectLockLegalHoldStatus: 'ON' } },
      ['s3:PutObjectLegalHold'],
    ],
  ])('allows what %s needs', (_what, options, actions) => {
    const { Statement } = iamPolicy([storage(options)]);

    expect(Statement.at(-1)?.Action).toEqual([...objects, ...actions].toSorted());
  });

  it.each<[what: string, kmsKeyId: string, resource: string]>([
    ['an id', '1234', 'arn:aws:kms:eu-central-1:*:key/1234'],
    ['an ARN', 'arn:aws:kms:eu-west-1:1:key/1234', 'arn:aws:kms:eu-west-1:1:key/1234'],
  ])('allows the use of the key that encrypts: %s', (_what, kmsKeyId, resource) => {
    const { Statement } = iamPolicy([storage({ sse: { kmsKeyId } }), storage({ prefix: 'a' })]);

    expect(Statement.at(-1)).toEqual({
      Sid: 'Key',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [resource],
    });
  });

  it('allows a key by its alias, which is no resource', () => {
    const { Statement } = iamPolicy([storage({ sse: { kmsKeyId: 'alias/acme' } })]);

    expect(Statement.at(-1)).toMatchObject({
      Resource: ['arn:aws:kms:eu-central-1:*:key/*'],
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/acme'] } },
    });
  });

  it.each([
    ['cn-north-1', 'arn:aws-cn:s3:::acme'],
    ['us-gov-west-1', 'arn:aws-us-gov:s3:::acme'],
  ])('knows the partition of %s', (place, arn) => {
    expect(iamPolicy([storage({ region: place })]).Statement[0]?.Resource).toEqual([arn]);
  });

  it('takes the signs of a prefix for themselves', () => {
    const { Statement } = iamPolicy([storage({ prefix: 'a$b' })]);

    expect(Statement[0]?.Condition).toEqual({
      StringLike: { 's3:prefix': ['a${$}b/', 'a${$}b/*'] },
    });
    expect(Statement.at(-1)?.Resource).toEqual(['arn:aws:s3:::acme/a${$}b/*']);
  });

  it('allows probing and older versions on demand', () => {
    const actions = iamPolicy([storage({})], { probe: true, versions: true }).Statement.flatMap(
      ({ Action }) => Action,
    );

    expect(actions).toEqual(
      expect.arrayContaining(['s3:GetBucketVersioning', 's3:GetObjectVersion']),
    );
  });

  it('never allows to make, change or delete a bucket', () => {
    const actions = iamPolicy([storage({})], { probe: true, versions: true }).Statement.flatMap(
      ({ Action }) => Action,
    );

    expect(actions.filter((action) => /\*|(?:Create|Delete|Put).*Bucket/.test(action))).toEqual([]);
  });

  it('is not written where nothing is on S3', () => {
    expect(() => iamPolicy([new MemoryStorage()])).toThrow(
      new StorageOptionsError('Cannot write an IAM policy: none of the storages is on S3'),
    );
  });

  it('holds no secret', () => {
    const credentials = { accessKeyId: 'AKIDHIDDEN', secretAccessKey: 'hidden' };

    const policy = iamPolicy([storage({ credentials, sse: { customerKey: Buffer.alloc(32, 7) } })]);

    expect(JSON.stringify(policy)).not.toMatch(/hidden|BwcHBw/i);
  });
});

function storage(options: Partial<S3StorageOptions>): S3Storage {
  return new S3Storage({ bucket: 'acme', region, ...options });
}
