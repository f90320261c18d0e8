import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { UploadStep } from '@filefield/core';
import { S3Storage, type S3StorageOptions } from '@filefield/s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answeringServer, type Answer } from '../support/answering-server.ts';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const hash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const base64 = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
const grant = { name: 'incoming/a', type: 'image/png', maxSize: 10, expiresIn: 60 };
const put = { kind: 'put' } as const;

/** A storage on AWS, which enforces every condition. */
function onAws(options: Partial<S3StorageOptions> = {}): S3Storage {
  const place = { bucket: 'acme', region: 'eu-central-1', credentials };
  const conditionalWrite = { put: true, complete: true, copy: true };
  return new S3Storage({ ...place, ...options }, { conditionalWrite });
}

/** What a form is held to. */
function policyOf(fields: Readonly<Record<string, string>> = {}): {
  readonly expiration: string;
  readonly conditions: readonly unknown[];
} {
  return JSON.parse(Buffer.from(fields['Policy'] ?? '', 'base64').toString());
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a form', () => {
  it('is held to key, type, size and time, and to nothing that is not said', async () => {
    vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z'), toFake: ['Date'] });

    const { method, url, headers, fields } = await onAws({ prefix: 'media' }).createUpload(grant);

    expect({ method, url, headers }).toEqual({
      method: 'POST',
      url: 'https://acme.s3.eu-central-1.amazonaws.com/',
      headers: {},
    });
    expect(policyOf(fields)).toEqual({
      expiration: '2026-01-02T03:05:05Z',
      conditions: [
        ['content-length-range', 0, 10],
        { 'Content-Type': 'image/png' },
        { 'Content-Disposition': 'attachment' },
        { success_action_status: '204' },
        { bucket: 'acme' },
        { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' },
        { 'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20260102/eu-central-1/s3/aws4_request' },
        { 'X-Amz-Date': '20260102T030405Z' },
        { key: 'media/incoming/a' },
      ],
    });
  });

  it('is held to the size and to the checksum that are known', async () => {
    const { fields } = await onAws().createUpload({ ...grant, size: 5, sha256: hash });

    const { conditions } = policyOf(fields);
    expect(conditions).toContainEqual(['content-length-range', 5, 5]);
    expect(conditions).toContainEqual({ 'x-amz-checksum-sha256': base64 });
    expect(fields).toMatchObject({ 'x-amz-checksum-sha256': base64 });
  });

  it('says nothing that a storage says of its own objects', async () => {
    const storage = onAws({
      acl: 'public-read',
      visibility: 'public',
      objectParameters: { CacheControl: 'max-age=60', Tagging: 'a=b', StorageClass: 'GLACIER' },
    });

    const { fields } = await storage.createUpload(grant);

    expect(JSON.stringify([fields, policyOf(fields)])).not.toMatch(/acl|cache|tagging|glacier/i);
  });

  it('tells who pays', async () => {
    const { headers } = await onAws({ requestPayer: 'requester' }).createUpload(grant);

    expect(headers).toEqual({ 'x-amz-request-payer': 'requester' });
  });

  it('is not signed for the bucket of a stranger', async () => {
    const endpoint = await answeringServer(() => ({ status: 403 }));
    const storage = onAws({ endpoint, expectedBucketOwner: '123456789012' });

    await expect(storage.createUpload(grant)).rejects.toMatchObject({ code: 'STORAGE' });
  });
});

describe('a PUT', () => {
  it('is signed as the SDK signs it, without the checksum of an empty body', async () => {
    vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z'), toFake: ['Date'] });
    const client = new S3Client({
      region: 'eu-central-1',
      credentials: { ...credentials },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const command = new PutObjectCommand({
      Bucket: 'acme',
      Key: 'incoming/a',
      ContentType: 'image/png',
      ContentDisposition: 'attachment',
      ContentLength: 5,
      IfNoneMatch: '*',
    });
    command.middlewareStack.add(
      (next) => async (args) => {
        const { query } = args.request as { query: Record<string, string> };
        delete query['x-id'];
        return await next(args);
      },
      { step: 'build' },
    );
    const signableHeaders = new Set(
      'host content-type content-disposition content-length if-none-match'.split(' '),
    );

    const { url } = await onAws().createUpload({ ...grant, size: 5 }, put);

    const theirs = new URL(await getSignedUrl(client, command, { expiresIn: 60, signableHeaders }));
    const ours = new URL(url);
    expect(ours.searchParams.get('X-Amz-SignedHeaders')).toBe(
      theirs.searchParams.get('X-Amz-SignedHeaders'),
    );
    expect(url).not.toMatch(/checksum|crc32/i);
  });

  it('is held to a checksum that is known', async () => {
    const { url, headers } = await onAws().createUpload({ ...grant, size: 5, sha256: hash }, put);

    expect(headers).toEqual({
      'content-type': 'image/png',
      'content-disposition': 'attachment',
      'x-amz-checksum-sha256': base64,
      'if-none-match': '*',
    });
    expect(signedHeaders(url)).toEqual([
      'content-disposition',
      'content-length',
      'content-type',
      'host',
      'if-none-match',
      'x-amz-checksum-sha256',
    ]);
  });

  it('has no checksum where the server would not compare it', async () => {
    const storage = onAws({ checksums: 'when-required' });

    const { headers } = await storage.createUpload({ ...grant, size: 5, sha256: hash }, put);

    expect(headers).not.toHaveProperty('x-amz-checksum-sha256');
  });
});

describe('the encryption of a storage', () => {
  const headers = {
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'acme',
    'x-amz-server-side-encryption-bucket-key-enabled': 'true',
  };
  const storage = onAws({ sse: { kmsKeyId: 'acme', bucketKey: true } });

  it('is that of a form', async () => {
    const { fields } = await storage.createUpload(grant);

    expect(fields).toMatchObject(headers);
  });

  it.each<[what: string, step: UploadStep]>([
    ['a PUT', put],
    ['an upload in parts', { kind: 'begin' }],
  ])('is that of %s', async (_what, step) => {
    const request = await storage.createUpload({ ...grant, size: 5 }, step);

    expect(request.headers).toMatchObject(headers);
    expect(signedHeaders(request.url)).toEqual(expect.arrayContaining(Object.keys(headers)));
  });

  it('lets no browser upload where it is a key of the application', async () => {
    const own = onAws({ sse: { customerKey: new Uint8Array(32) } });

    expect(own.capabilities.directUpload).toBe(false);
    await expect(own.createUpload(grant)).rejects.toThrow(
      'Cannot create a direct upload: its objects are encrypted with a key that no browser has',
    );
  });
});

describe('every request of an upload', () => {
  const steps: [what: string, step: UploadStep][] = [
    ['a PUT', put],
    ['the begin of parts', { kind: 'begin' }],
    ['a part', { kind: 'part', uploadId: 'one', partNumber: 1 }],
    ['the list of parts', { kind: 'parts', uploadId: 'one' }],
    ['the abort of parts', { kind: 'abort', uploadId: 'one' }],
  ];

  it.each(steps)('says whose the bucket is, and who pays: %s', async (_what, step) => {
    const storage = onAws({ expectedBucketOwner: '123456789012', requestPayer: 'requester' });

    const { url } = await storage.createUpload({ ...grant, size: 5 }, step);

    const { searchParams } = new URL(url);
    expect(searchParams.get('x-amz-expected-bucket-owner')).toBe('123456789012');
    expect(searchParams.get('x-amz-request-payer')).toBe('requester');
  });

  it.each(steps)('ends with temporary credentials: %s', async (_what, step) => {
    const expiration = new Date(Date.now() + 30_000);
    const fetched = { ...credentials, sessionToken: 'a token', expiration };
    const storage = onAws({ credentials: async () => fetched });

    const { url } = await storage.createUpload({ ...grant, size: 5 }, step);

    const { searchParams } = new URL(url);
    expect(Number(searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(30);
    expect(searchParams.get('X-Amz-Security-Token')).toBe('a token');
  });

  it('ends with temporary credentials: a form', async () => {
    const expiration = new Date(Math.ceil(Date.now() / 1000) * 1000 + 30_000);
    const fetched = { ...credentials, sessionToken: 'a token', expiration };

    const { fields } = await onAws({ credentials: async () => fetched }).createUpload(grant);

    const policy = policyOf(fields);
    expect(Date.parse(policy.expiration)).toBeLessThanOrEqual(expiration.getTime());
    expect(policy.conditions).toContainEqual({ 'X-Amz-Security-Token': 'a token' });
  });
});

describe('the completion of parts on AWS', () => {
  it('is held to what the parts were measured to be', async () => {
    const parts =
      '<ListPartsResult><Part><PartNumber>1</PartNumber><Size>7</Size></Part></ListPartsResult>';
    const storage = await answered({ status: 200, body: parts });

    const { url, headers } = await storage.createUpload(grant, { kind: 'complete', uploadId: 'a' });

    expect(headers).toEqual({ 'if-none-match': '*', 'x-amz-mp-object-size': '7' });
    expect(signedHeaders(url)).toEqual(['host', 'if-none-match', 'x-amz-mp-object-size']);
  });
});

describe('stat() of a direct upload on AWS', () => {
  it.each([
    [
      'that of all bytes',
      { 'x-amz-checksum-sha256': base64, 'x-amz-checksum-type': 'FULL_OBJECT' },
      hash,
    ],
    [
      'one of parts',
      { 'x-amz-checksum-sha256': `${base64}-2`, 'x-amz-checksum-type': 'COMPOSITE' },
      undefined,
    ],
    ['another checksum', { 'x-amz-checksum-crc32': 'AAAAAA==' }, undefined],
    ['what the sender says', { 'x-amz-meta-filefield-sha256': hash }, undefined],
  ])('knows the SHA-256 that the server keeps: %s', async (_what, headers, expected) => {
    const storage = await answered({ status: 200, headers: { 'content-length': '5', ...headers } });

    const { sha256 } = await storage.stat('incoming/a');

    expect(sha256).toBe(expected);
  });
});

/** A storage on a server that answers like AWS, and like it does what signed headers alone say. */
async function answered(answer: Answer): Promise<S3Storage> {
  const endpoint = await answeringServer(({ headers, method }) =>
    method === 'PUT' ? { status: isStray(headers) ? 403 : 200 } : answer,
  );
  return onAws({ endpoint, checksums: 'when-supported' });
}

function isStray(headers: object): boolean {
  return Object.keys(headers).some((name) => name.startsWith('x-amz-'));
}

function signedHeaders(url: string): string[] {
  return new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';') ?? [];
}
