import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Storage, S3StorageOptions } from '@filefield/s3';
import { describe, expect, inject, it } from 'vitest';
import { granted, sent, sentForm } from './sent-upload.ts';
import { swapping } from './swapping.ts';
import {
  client,
  createBucket,
  createStorage,
  headOf,
  names,
  onFirst,
  openUploads,
  putBare,
  textOf,
} from './support.ts';

const mebibyte = 1024 * 1024;
const { kmsKeyId } = inject('s3Server');
const bucket = await createBucket();
const html = '<script>alert(1)</script>';

/** Writes what a browser wrote on a server that takes any header along. */
async function putAsSender(
  { bucket: Bucket, prefix }: S3Storage,
  name: string,
  Body: string | Uint8Array,
  more: Partial<PutObjectCommand['input']> = {},
): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key: prefix + name, Body, ...more }));
}

/** What a sender may say to be taken for the library. */
const claims = {
  ContentEncoding: 'gzip',
  Metadata: {
    'filefield-upload': 'mine',
    'filefield-sha256': '0'.repeat(64),
    'filefield-size': '3',
  },
};

describe('what a browser says of what it uploads', () => {
  it('is not believed, where the server keeps it from nothing', async () => {
    const storage = createStorage({ bucket });
    const grant = granted({ size: 5 });
    const request = await storage.createUpload(grant, { kind: 'put' });
    const headers = {
      'content-encoding': 'gzip',
      'x-amz-meta-filefield-sha256': '0'.repeat(64),
      'x-amz-meta-filefield-size': '3',
    };

    const { status } = await sent(request, 'hello', headers);

    const { size, sha256: checksum } = await storage.stat(grant.name);
    expect(status).toBe(200);
    expect((await headOf(storage, grant.name)).ContentEncoding).toBe('gzip');
    expect({ size, checksum }).toEqual({ size: 5, checksum: undefined });
    expect(await textOf(storage, grant.name)).toBe('hello');
  });

  it('unpacks nothing: bytes are read as they lie there', async () => {
    const storage = createStorage({ bucket });
    const bomb = gzipSync(Buffer.alloc(mebibyte));
    await putAsSender(storage, 'incoming/a', bomb, claims);

    const whole = await new Response(await storage.open('incoming/a')).bytes();
    const part = await new Response(await storage.open('incoming/a', { start: 1, end: 4 })).bytes();

    expect(Buffer.compare(whole, bomb)).toBe(0);
    expect(Buffer.compare(part, bomb.subarray(1, 4))).toBe(0);
    expect(await storage.size('incoming/a')).toBe(bomb.byteLength);
  });

  it.each<[how: string, copy: (storage: S3Storage) => Promise<unknown>]>([
    ['copied', async (storage) => storage.copy('incoming/a', 'b.txt')],
    ['moved', async (storage) => storage.move('incoming/a', 'b.txt')],
    ['taken', async (storage) => storage.copyFrom(storage, 'incoming/a', 'b.txt')],
  ])('goes not along when it is %s', async (_how, copy) => {
    const storage = createStorage({ bucket });
    const shown = {
      CacheControl: 'max-age=9',
      ContentDisposition: 'inline',
      ContentType: 'text/html',
    };
    await putAsSender(storage, 'incoming/a', html, { ...claims, ...shown });

    await copy(storage);

    const head = await headOf(storage, 'b.txt');
    expect(head).toMatchObject({ ContentDisposition: 'attachment', ContentLength: html.length });
    expect(Object.keys(head.Metadata ?? {})).toEqual(['filefield-upload']);
    expect(head.Metadata).not.toEqual({ 'filefield-upload': 'mine' });
    expect(head).not.toHaveProperty('ContentEncoding');
    expect(head).not.toHaveProperty('CacheControl');
  });
});

describe('a copy as new within one location', () => {
  it.runIf(kmsKeyId).each([
    { what: 'at once', limits: {} },
    { what: 'in parts', limits: { copy: 4 } },
  ])('has the headers of a save: $what', async ({ limits }) => {
    const options: Partial<S3StorageOptions> = {
      acl: 'bucket-owner-read',
      objectParameters: { CacheControl: 'private', Metadata: { colour: 'red' }, Tagging: 'a=b' },
      sse: { kmsKeyId: kmsKeyId! },
    };
    const storage = createStorage({ bucket, ...options }, { limits });
    await putBare(storage, 'incoming/a', Buffer.from(html));
    const how = { type: 'text/html', asNew: true, uploadId: 'ours' };

    const copied = await storage.copyFrom(storage, 'incoming/a', 'a.html', how);

    expect(copied).toEqual({ size: html.length, type: 'text/html', sha256: undefined });
    expect(await headOf(storage, 'a.html')).toMatchObject({
      ContentType: 'text/html',
      ContentDisposition: 'attachment',
      CacheControl: 'private',
      ServerSideEncryption: 'aws:kms',
      Metadata: { colour: 'red', 'filefield-upload': 'ours' },
    });
  });

  it('keeps nothing of the origin, and its checksum only where this library wrote it', async () => {
    const storage = createStorage({ bucket });
    const { sha256: checksum } = await storage.save('a.txt', 'bytes');

    const copied = await storage.copyFrom(storage, 'a.txt', 'b.html', {
      asNew: true,
      type: 'text/html',
    });

    expect(copied).toEqual({ size: 5, type: 'text/html', sha256: checksum });
    expect(await storage.stat('b.html')).toMatchObject({ type: 'text/html', sha256: checksum });
  });

  it('is refused where it is to be compressed', async () => {
    const storage = createStorage({ bucket, gzip: true });
    await putBare(storage, 'incoming/a', Buffer.from('a {}'));

    const copying = storage.copyFrom(storage, 'incoming/a', 'a.css', {
      asNew: true,
      type: 'text/css',
    });

    await expect(copying).rejects.toThrow('the object is to be compressed');
  });
});

describe('a form that is sent again while its upload is copied', () => {
  const form = async (storage: S3Storage): Promise<(bytes: string) => Promise<unknown>> => {
    const request = await storage.createUpload(granted({ name: 'incoming/a' }));
    return async (bytes) => sentForm(request, bytes);
  };

  it.each([
    { what: 'before', command: 'HeadObject' },
    { what: 'right before', command: 'CopyObject' },
  ])('changes no copy: $what', async ({ command }) => {
    const storage = createStorage({ bucket });
    const send = await form(storage);
    await send('first');
    const { size, etag } = await storage.stat('incoming/a');
    onFirst(storage, command, async () => send('other'));
    const how = { asNew: true, expected: { size, etag } };

    const copying = storage.copyFrom(storage, 'incoming/a', 'a.txt', how);

    await expect(copying).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await names(storage)).toEqual(['incoming/a']);
  });

  it('changes no copy, though the first file is back before anybody looks', async () => {
    const storage = createStorage({ bucket });
    const send = await form(storage);
    await send('first');
    const { size, etag } = await storage.stat('incoming/a');
    const requests = swapping(storage, 'CopyObject', async (bytes) => send(bytes));
    const how = { asNew: true, expected: { size, etag } };

    await storage.copyFrom(storage, 'incoming/a', 'a.txt', how);

    expect(requests).toEqual(['other', 'first']);
    expect(await textOf(storage, 'a.txt')).toBe('first');
  });

  it('changes no copy when it is sent again and again', async () => {
    const storage = createStorage({ bucket });
    const send = await form(storage);
    await send('first');
    const { size, etag } = await storage.stat('incoming/a');
    swapping(storage, 'CopyObject', async (bytes) => send(bytes), { to: Infinity });
    const how = { asNew: true, expected: { size, etag } };

    const copying = storage.copyFrom(storage, 'incoming/a', 'a.txt', how);

    await expect(copying).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await names(storage)).toEqual(['incoming/a']);
  });

  it('changes no copy in parts, though the first file is back when they are there', async () => {
    const limits = { copy: 4, copyPart: 5 };
    const storage = createStorage({ bucket }, { limits });
    const send = await form(storage);
    // All of it within one second, which is what the date of an object tells.
    await sleep(1000 - (Date.now() % 1000));
    await send('first');
    const { size, etag } = await storage.stat('incoming/a');
    const requests = swapping(storage, 'UploadPartCopy', async (bytes) => send(bytes));
    const how = { asNew: true, expected: { size, etag } };

    await storage.copyFrom(storage, 'incoming/a', 'a.txt', how);

    expect(requests).toEqual(['other', 'first']);
    expect(await textOf(storage, 'a.txt')).toBe('first');
    expect(await openUploads(bucket)).toEqual([]);
  });
});
