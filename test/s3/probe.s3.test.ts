import {
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { MemoryStorage } from '@filefield/core';
import type { CheckReport } from '@filefield/mikro-orm';
import {
  probe,
  S3Storage,
  type ProbeReport,
  type ProbeSubject,
  type S3StorageOptions,
} from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { Doc } from '../mikro-orm/lifecycle/entities.ts';
import { createApp } from '../mikro-orm/support.ts';
import { client, createBucket, createStorage } from './support.ts';

function finding({ findings }: ProbeReport, subject: ProbeSubject): unknown {
  return findings.find((one) => one.subject === subject);
}

function everybodyReads(bucket: string): string {
  const Resource = `arn:aws:s3:::${bucket}/*`;
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

describe('probe', () => {
  it('tells of everything, and finds a new bucket good', async () => {
    const storage = createStorage({ bucket: await createBucket() });

    const report = await probe(storage);

    expect(report.findings.map(({ subject }) => subject)).toEqual([
      'bucket',
      'region',
      'clock',
      'conditional writes',
      'public access',
      'encryption',
      'versioning',
      'unfinished uploads',
      'cors',
    ]);
    expect(report.isGood).toBe(true);
    expect(finding(report, 'clock')).toMatchObject({ state: 'good' });
    expect(finding(report, 'versioning')).toMatchObject({ state: 'good' });
    expect(finding(report, 'unfinished uploads')).toMatchObject({ state: 'advice' });
  });

  it('stops at a bucket that is not there', async () => {
    const report = await probe(createStorage({ bucket: 'filefield-no-such-bucket' }));

    expect(report).toEqual({
      isGood: false,
      findings: [
        {
          subject: 'bucket',
          state: 'bad',
          message:
            'there is no bucket "filefield-no-such-bucket", create it or correct the options bucket and endpoint',
          breaks: 'files are neither stored nor read',
          fix: 'correct bucket, endpoint, region or credentials, or let the role do what iamPolicy() says',
        },
      ],
    });
  });

  it('stops where the keys are wrong', async () => {
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'nothing' };
    const report = await probe(createStorage({ bucket: await createBucket(), credentials }));

    expect(report).toMatchObject({ isGood: false, findings: [{ state: 'bad' }] });
  });

  it('finds a private storage in a public bucket bad', async () => {
    const bucket = await createBucket();
    await client.send(
      new PutBucketPolicyCommand({ Bucket: bucket, Policy: everybodyReads(bucket) }),
    );

    const report = await probe(createStorage({ bucket }));
    const meant = await probe(createStorage({ bucket, visibility: 'public' }));

    expect(report.isGood).toBe(false);
    expect(finding(report, 'public access')).toMatchObject({
      state: 'bad',
      message: expect.stringContaining("the bucket's policy lets everybody in"),
    });
    expect(finding(meant, 'public access')).toMatchObject({ state: 'good' });
  });

  it('finds blocked public access good', async () => {
    const Bucket = await createBucket();
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    };
    await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));

    const report = await probe(createStorage({ bucket: Bucket }));

    expect(finding(report, 'public access')).toMatchObject({ state: 'good' });
  });

  it('wants older versions to expire', async () => {
    const Bucket = await createBucket();
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );

    const report = await probe(createStorage({ bucket: Bucket }));

    expect(finding(report, 'versioning')).toMatchObject({
      state: 'advice',
      message: expect.stringContaining('NoncurrentVersionExpiration'),
    });
  });

  it('believes the lifecycle rules that hold for the whole prefix', async () => {
    const Bucket = await createBucket();
    const Rules = [
      {
        ID: 'tidy',
        Status: 'Enabled' as const,
        Filter: { Prefix: 'media/' },
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ];
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );

    const inside = await probe(createStorage({ bucket: Bucket, prefix: 'media/avatars' }));
    const outside = await probe(createStorage({ bucket: Bucket, prefix: 'me' }));

    expect(finding(inside, 'versioning')).toMatchObject({ state: 'good' });
    expect(finding(inside, 'unfinished uploads')).toEqual({
      subject: 'unfinished uploads',
      state: 'good',
      message: 'unfinished uploads are removed after 7 days',
    });
    expect(finding(outside, 'versioning')).toMatchObject({ state: 'advice' });
    expect(finding(outside, 'unfinished uploads')).toMatchObject({ state: 'advice' });
  });

  it('tells which origins the bucket lets in', async () => {
    const Bucket = await createBucket();
    const CORSRules = [{ AllowedMethods: ['PUT'], AllowedOrigins: ['https://acme.test'] }];
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));

    const report = await probe(createStorage({ bucket: Bucket }));

    expect(finding(report, 'cors')).toMatchObject({
      state: 'good',
      message: 'pages of https://acme.test can use the bucket',
    });
  });

  it('is not for other storages', async () => {
    await expect(probe(new MemoryStorage())).rejects.toMatchObject({
      code: 'UNSUPPORTED_OPERATION',
    });
  });
});

/** What an application finds of a storage that nobody has used yet. */
async function checked(storage: S3Storage): Promise<CheckReport> {
  const { files } = await createApp([Doc], {
    files: { environment: 'test' },
    prepare: async (orm) => orm.schema.create(),
  });
  files.storages.override({ default: storage });
  return await files.check({
    probe: async (one) => (one instanceof S3Storage ? await probe(one) : undefined),
  });
}

describe('check() of an application on S3', () => {
  it('adds what probe() finds of its buckets', async () => {
    const { isGood, findings } = await checked(createStorage({ bucket: await createBucket() }));

    const found = findings.map(({ subject }) => subject);
    expect(isGood).toBe(true);
    expect(found).toContain('storage "default": unfinished uploads');
  });

  it.each<[what: string, options: Partial<S3StorageOptions>, message: string]>([
    [
      'a bucket that is not there',
      { bucket: 'filefield-no-such-bucket' },
      'there is no bucket "filefield-no-such-bucket"',
    ],
    [
      'keys that are wrong',
      { credentials: { accessKeyId: 'nobody', secretAccessKey: 'very secret' } },
      'the server does not know the access key',
    ],
    ['a server that is not there', { endpoint: 'http://127.0.0.1:9' }, 'ECONNREFUSED'],
  ])('tells of %s, and of no secret', async (_what, options, message) => {
    const { findings } = await checked(createStorage({ bucket: await createBucket(), ...options }));

    const bad = findings.filter(({ state }) => state === 'bad');
    expect(bad.map((finding) => finding.message).join()).toContain(message);
    expect(bad.every(({ subject }) => subject.startsWith('storage "default"'))).toBe(true);
    expect(JSON.stringify(findings)).not.toMatch(/very secret|X-Amz-Signature/);
  });
});
