import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import type { FileStorage } from '@filefield/core';
import type { S3Storage, S3StorageOptions } from '@filefield/s3';
import { describe, expect, inject, it } from 'vitest';
import { everythingIn, failure } from './error-text.ts';
import {
  client,
  createBucket,
  createStorage,
  requestsOf,
  serverOptions,
  textOf,
} from './support.ts';

const bucket = await createBucket();
const once = { maxAttempts: 1 };

async function deny(action: string): Promise<S3Storage> {
  const Bucket = await createBucket();
  const storage = createStorage({ bucket: Bucket, prefix: '' });
  await storage.save('a.txt', 'bytes');
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: action, Resource }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return storage;
}

describe('an error of S3 says what to do:', () => {
  it.each<[what: string, options: Partial<S3StorageOptions>, message: string]>([
    [
      'wrong access key',
      { credentials: { accessKeyId: 'nobody', secretAccessKey: 'very-secret' } },
      'Cannot save "a.txt": the server does not know the access key, check the credentials',
    ],
    [
      'wrong secret key',
      { credentials: { ...serverOptions.credentials, secretAccessKey: 'very-secret' } },
      'Cannot save "a.txt": the server does not accept the signature, check the secret access key and the region',
    ],
    [
      'no such bucket',
      { bucket: 'filefield-no-such-bucket' },
      'Cannot save "a.txt": there is no bucket "filefield-no-such-bucket", create it or correct the options bucket and endpoint',
    ],
    [
      'clock of this machine',
      { client: { ...once, systemClockOffset: -3_600_000 } },
      'Cannot save "a.txt": the clock of this machine and that of the server are too far apart, set the clock of this machine',
    ],
    [
      'no server',
      { endpoint: 'http://127.0.0.1:9', client: once },
      'Cannot save "a.txt": the server at "127.0.0.1" gave no answer (ECONNREFUSED), check the option endpoint and the network',
    ],
  ])('%s', async (_what, options, message) => {
    const storage = createStorage({ bucket, ...options });

    const error = await failure(storage.save('a.txt', 'bytes'));

    expect(error.message).toBe(message);
    expect(error).toMatchObject({ code: 'STORAGE', object: 'a.txt', operation: 'save' });
    expect(everythingIn(error)).not.toMatch(/very-secret|signature=|authorization:/i);
  });

  it.each<[action: string, work: (storage: FileStorage) => Promise<unknown>, message: string]>([
    [
      's3:PutObject',
      async (one) => one.save('b.txt', 'x'),
      'Cannot save "b.txt": access is denied, the credentials need s3:PutObject on "arn:aws:s3:::BUCKET/b.txt"',
    ],
    [
      's3:PutObject',
      async (one) => one.copy('a.txt', 'b.txt'),
      'Cannot copy "a.txt": access is denied, the credentials need s3:PutObject on it and s3:GetObject on the origin on "arn:aws:s3:::BUCKET/b.txt"',
    ],
    [
      's3:GetObject',
      async (one) => one.open('a.txt'),
      'Cannot open "a.txt": access is denied, the credentials need s3:GetObject on "arn:aws:s3:::BUCKET/a.txt" and s3:ListBucket on "arn:aws:s3:::BUCKET"',
    ],
    [
      's3:GetObject',
      async (one) => one.stat('a.txt'),
      'Cannot stat "a.txt": access is denied, the credentials need s3:GetObject on "arn:aws:s3:::BUCKET/a.txt" and s3:ListBucket on "arn:aws:s3:::BUCKET"',
    ],
    [
      's3:DeleteObject',
      async (one) => one.delete('a.txt'),
      'Cannot delete "a.txt": access is denied, the credentials need s3:DeleteObject on "arn:aws:s3:::BUCKET/a.txt"',
    ],
    [
      's3:ListBucket',
      async (one) => one.list(),
      'Cannot list "": access is denied, the credentials need s3:ListBucket on "arn:aws:s3:::BUCKET"',
    ],
    [
      's3:ListBucket',
      async (one) => Array.fromAsync(one.walk()),
      'Cannot list "": access is denied, the credentials need s3:ListBucket on "arn:aws:s3:::BUCKET"',
    ],
  ])('%s is denied', async (action, work, message) => {
    const storage = await deny(action);

    const error = await failure(work(storage));

    expect(error.message).toBe(message.replaceAll('BUCKET', storage.bucket));
  });

  it.each<[what: string, credentials: S3StorageOptions['credentials'], reason: string]>([
    [
      'access key',
      { accessKeyId: 'nobody', secretAccessKey: 'very-secret' },
      'the server does not know the access key, check the credentials',
    ],
    [
      'secret key',
      { ...serverOptions.credentials, secretAccessKey: 'very-secret' },
      'the server does not accept the signature, check the secret access key and the region',
    ],
  ])('a wrong %s, where a HEAD cannot say so', async (_what, credentials, reason) => {
    const storage = createStorage({ bucket, credentials });

    const error = await failure(storage.exists('a.txt'));

    expect(error.message).toBe(`Cannot stat "a.txt": ${reason}`);
  });

  it('s3:ListBucketMultipartUploads is denied', async () => {
    const storage = await deny('s3:ListBucketMultipartUploads');

    const error = await failure(storage.reclaim(['a.txt']));

    expect(error).toMatchObject({
      errors: [{ message: expect.stringContaining('need s3:ListBucketMultipartUploads on') }],
    });
  });
});

describe('a bucket that is missing', () => {
  it('is a failure, not a missing object', async () => {
    const storage = createStorage({ bucket: 'filefield-no-such-bucket' });
    const message = 'there is no bucket "filefield-no-such-bucket"';

    await expect(storage.exists('a.txt')).rejects.toThrow(message);
    await expect(storage.open('a.txt')).rejects.toThrow(message);
    await expect(storage.open('a.txt', { end: 0 })).rejects.toThrow(message);
    await expect(storage.delete('a.txt')).rejects.toThrow(message);
    await expect(storage.list()).rejects.toThrow(message);
    await expect(storage.ready()).rejects.toThrow(message);
  });
});

describe('a user who may not write', () => {
  it('reads, and gets ready', async () => {
    const Bucket = await createBucket();
    await createStorage({ bucket: Bucket, prefix: '' }).save('a.txt', 'bytes');
    const reader = await otherUser(Bucket, ['s3:GetObject', 's3:ListBucket']);

    await reader.ready();

    expect(await textOf(reader, 'a.txt')).toBe('bytes');
    const error = await failure(reader.save('b.txt', 'x'));
    expect(error.message).toContain('the credentials need s3:PutObject on');
  });
});

describe('a user who may not list', () => {
  it('saves, reads and deletes', async () => {
    const writer = await otherUser(await createBucket(), [
      's3:PutObject',
      's3:GetObject',
      's3:DeleteObject',
    ]);
    await writer.ready();
    const requests = requestsOf(writer);

    await writer.save('a.txt', 'bytes');
    const second = await writer.save('a.txt', 'more bytes');
    const text = await textOf(writer, second.name);
    await writer.delete('a.txt');

    expect(text).toBe('more bytes');
    expect(requests).not.toContain('ListObjectsV2');
  });

  it.each<[operation: string, work: (storage: S3Storage) => Promise<unknown>]>([
    ['exists', async (one) => one.exists('none.txt')],
    ['open', async (one) => one.open('none.txt')],
  ])('learns what is missing to know that a file is not there: %s', async (_operation, work) => {
    const reader = await otherUser(await createBucket(), ['s3:GetObject']);

    const error = await failure(work(reader));

    expect(error.message).toContain(
      `access is denied, the credentials need s3:GetObject on "arn:aws:s3:::${reader.bucket}/none.txt" and s3:ListBucket on "arn:aws:s3:::${reader.bucket}"`,
    );
  });
});

/** A storage of somebody who may do no more than this. */
async function otherUser(Bucket: string, Action: readonly string[]): Promise<S3Storage> {
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Statement = [{ Effect: 'Allow', Principal: '*', Action, Resource }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const credentials = inject('s3Server').other!;
  return createStorage({ bucket: Bucket, prefix: '', credentials });
}
