import { S3Client } from '@aws-sdk/client-s3';
import { probe, S3Storage, type ProbeSubject, type S3StorageOptions } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { answeringServer, type Answer } from '../support/answering-server.ts';

const region = 'eu-central-1';
const everything = { put: true, complete: true, copy: true };
const blocked =
  '<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>';

/** The answers of the S3 API Reference about a bucket as AWS makes it today, by what the query asks for. */
const usual: Readonly<Record<string, Answer>> = {
  'list-type': ok('<ListBucketResult><Name>acme</Name><KeyCount>0</KeyCount></ListBucketResult>'),
  location: located(region),
  versioning: ok('<VersioningConfiguration/>'),
  lifecycle: missing('NoSuchLifecycleConfiguration'),
  policyStatus: missing('NoSuchBucketPolicy'),
  publicAccessBlock: ok(
    `<PublicAccessBlockConfiguration>${blocked}</PublicAccessBlockConfiguration>`,
  ),
  encryption: encrypted('AES256'),
  cors: missing('NoSuchCORSConfiguration'),
};

function ok(body: string, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers, body };
}

function missing(code: string): Answer {
  return { status: 404, body: `<Error><Code>${code}</Code><Message>none</Message></Error>` };
}

function encrypted(algorithm: string): Answer {
  return ok(
    '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>' +
      `<SSEAlgorithm>${algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`,
  );
}

function located(name: string): Answer {
  const space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return ok(
    `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint ${space}>${name}</LocationConstraint>`,
  );
}

/** A listing by a server whose clock goes so many seconds before ours. */
function listedLate(seconds: number): Answer {
  const date = new Date(Date.now() + seconds * 1000).toUTCString();
  return { ...usual['list-type'], status: 200, headers: { date } };
}

interface Case {
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly options?: Partial<S3StorageOptions>;
  readonly enforced?: typeof everything;
}

/** What probe finds of a bucket of AWS, whose answers come from here. */
async function findings({ answers = {}, options = {}, enforced = everything }: Case) {
  const all: Readonly<Record<string, Answer>> = { ...usual, ...answers };
  const endpoint = await answeringServer(({ url = '/' }) => {
    const asked = [...new URL(url, 'http://localhost').searchParams.keys()];
    return all[asked.find((key) => key in all) ?? ''] ?? ok('');
  });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
  const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true });
  const place = { bucket: 'acme', region, client };
  const storage = new S3Storage({ ...place, ...options }, { conditionalWrite: enforced });
  return await probe(storage);
}

describe('of a bucket as AWS makes it probe', () => {
  it('finds everything good but that unfinished uploads stay', async () => {
    const report = await findings({});

    const states = report.findings.map(({ subject, state }) => [subject, state]);
    expect(report.isGood).toBe(true);
    expect(states).toEqual([
      ['bucket', 'good'],
      ['region', 'good'],
      ['clock', 'good'],
      ['conditional writes', 'good'],
      ['public access', 'good'],
      ['encryption', 'good'],
      ['versioning', 'good'],
      ['unfinished uploads', 'advice'],
      ['cors', 'good'],
    ]);
  });

  it.each<[what: string, subject: ProbeSubject, found: Case, state: string, message: string]>([
    [
      'another region',
      'region',
      { answers: { location: located('us-west-2') } },
      'bad',
      'the bucket is in region "us-west-2", the option region says "eu-central-1"',
    ],
    [
      'the first region, which has no name',
      'region',
      { answers: { location: located('') }, options: { region: 'us-east-1' } },
      'good',
      'the bucket is in region "us-east-1"',
    ],
    [
      'a region under its first name',
      'region',
      { answers: { location: located('EU') }, options: { region: 'eu-west-1' } },
      'good',
      'the bucket is in region "eu-west-1"',
    ],
    [
      'a clock that goes a little wrong',
      'clock',
      { answers: { 'list-type': listedLate(120) } },
      'advice',
      'seconds apart, set the clock of this machine',
    ],
    [
      'a clock that is wrong',
      'clock',
      { answers: { 'list-type': listedLate(-1200) } },
      'bad',
      'at 900 every request fails',
    ],
    [
      'conditions that are not enforced',
      'conditional writes',
      { enforced: { put: true, complete: false, copy: false } },
      'advice',
      'does not refuse to overwrite what is there for large objects and copies',
    ],
    [
      'a policy that lets everybody in',
      'public access',
      {
        answers: {
          policyStatus: ok('<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>'),
          publicAccessBlock: missing('NoSuchPublicAccessBlockConfiguration'),
        },
      },
      'bad',
      "the storage is private, and the bucket's policy lets everybody in",
    ],
    [
      'nothing that keeps it private',
      'public access',
      { answers: { publicAccessBlock: missing('NoSuchPublicAccessBlockConfiguration') } },
      'advice',
      'block public access to the bucket',
    ],
    [
      'a public storage in a closed bucket',
      'public access',
      { options: { visibility: 'public' } },
      'advice',
      'does not let everybody read: allow s3:GetObject, or use ACLs',
    ],
    [
      'one that a custom domain opens',
      'public access',
      { options: { visibility: 'public', customDomain: 'media.example.com' } },
      'good',
      'the custom domain has to let everybody read',
    ],
    [
      'no encryption',
      'encryption',
      { answers: { encryption: missing('ServerSideEncryptionConfigurationNotFoundError') } },
      'advice',
      'objects are not encrypted on the server',
    ],
    [
      'encryption by the storage',
      'encryption',
      {
        answers: { encryption: missing('ServerSideEncryptionConfigurationNotFoundError') },
        options: { sse: 's3' },
      },
      'good',
      'the storage has its objects encrypted',
    ],
    [
      'encryption with a key of KMS',
      'encryption',
      { answers: { encryption: encrypted('aws:kms') } },
      'good',
      'the bucket encrypts objects with aws:kms',
    ],
    [
      'pages of everywhere',
      'cors',
      {
        answers: {
          cors: ok(
            '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>',
          ),
        },
      },
      'advice',
      'pages of * can use the bucket',
    ],
    [
      'a setting that may not be read',
      'versioning',
      {
        answers: {
          versioning: { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' },
        },
      },
      'unknown',
      'the credentials need s3:GetBucketVersioning on "arn:aws:s3:::acme"',
    ],
  ])('tells of %s', async (_what, subject, found, state, message) => {
    const report = await findings(found);

    const finding = report.findings.find((one) => one.subject === subject);
    expect(finding).toMatchObject({ state, message: expect.stringContaining(message) });
    expect([finding?.breaks, finding?.fix].filter(Boolean)).toHaveLength(state === 'good' ? 0 : 2);
    expect(report.isGood).toBe(state !== 'bad');
  });
});
