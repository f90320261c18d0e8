import { describe, expect, inject, it } from 'vitest';
import { tlsProxy } from '../support/tls-proxy.ts';
import {
  createBucket,
  createStorage,
  headOf,
  names,
  openUploads,
  pattern,
  sha256,
  textOf,
} from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const { url: endpoint, certificate } = await tlsProxy(inject('s3Server').endpoint);
const secure = { endpoint, tls: { ca: certificate } };
const sse = { customerKey: new Uint8Array(32).fill(7) };
const large = pattern(11 * mebibyte);
const multipart = { partSize: 5 * mebibyte, threshold: 5 * mebibyte };

describe('a key of one’s own', () => {
  it.each([
    { what: 'small', bytes: pattern(1000) },
    { what: 'large', bytes: large },
  ])('encrypts objects that are $what, and reads them with it only', async ({ bytes }) => {
    const storage = createStorage({ bucket, prefix: 'secret', sse, multipart, ...secure });
    const stranger = createStorage({ bucket, prefix: 'secret' });

    const stored = await storage.save('a.bin', bytes, { ifExists: 'overwrite' });

    expect(await sha256(await storage.open('a.bin'))).toBe(stored.sha256);
    expect(await storage.size('a.bin')).toBe(bytes.byteLength);
    await expect(stranger.open('a.bin')).rejects.toMatchObject({ code: 'STORAGE' });
    expect(await names(storage)).toContain('a.bin');
  });

  it.each([
    { what: 'small', bytes: pattern(1000) },
    { what: 'large', bytes: large },
  ])('goes along with copies that are $what', async ({ bytes }) => {
    const limits = { copy: 6 * mebibyte, copyPart: 5 * mebibyte };
    const storage = createStorage({ bucket, sse, multipart, ...secure }, { limits });
    await storage.save('a.bin', bytes);

    await storage.copy('a.bin', 'b.bin');
    await storage.move('b.bin', 'c.bin');

    expect(await sha256(await storage.open('c.bin'))).toBe(await sha256(bytes));
  });

  it('encrypts what the server copies from a storage without one', async () => {
    const origin = createStorage({ bucket, ...secure });
    const target = createStorage({ bucket, sse, ...secure });
    const stranger = createStorage({ bucket, prefix: target.prefix, ...secure });
    await origin.save('a.txt', 'bytes');

    await target.copyFrom(origin, 'a.txt', 'b.txt');

    expect(await textOf(target, 'b.txt')).toBe('bytes');
    await expect(stranger.open('b.txt')).rejects.toMatchObject({ code: 'STORAGE' });
  });

  it('leaves nothing where the server copies from no storage with another one', async () => {
    const anotherKey = { customerKey: new Uint8Array(32).fill(8) };
    const origin = createStorage({ bucket, sse: anotherKey, ...secure });
    const target = createStorage({ bucket, sse, ...secure });
    await origin.save('a.txt', 'bytes');

    const copying = target.copyFrom(origin, 'a.txt', 'b.txt');

    await expect(copying).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
    expect(await names(target)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('keeps the own objects of retries recognisable', async () => {
    const storage = createStorage({ bucket, sse, ...secure });
    await storage.save('a.txt', 'bytes', { ifExists: 'error', uploadId: 'mine' });

    await storage.save('a.txt', 'bytes', { ifExists: 'error', uploadId: 'mine' });

    expect(await textOf(storage, 'a.txt', { start: 1, end: 3 })).toBe('yt');
    await expect(storage.save('a.txt', 'x', { ifExists: 'error' })).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    });
  });
});

const { kmsKeyId } = inject('s3Server');

describe.runIf(kmsKeyId)('a key of the server’s key management', () => {
  it.each([
    { what: 'small', bytes: pattern(1000) },
    { what: 'large', bytes: large },
  ])('encrypts objects and copies that are $what, and URLs work', async ({ bytes }) => {
    const limits = { copy: 6 * mebibyte, copyPart: 5 * mebibyte };
    const options = { bucket, multipart, sse: { kmsKeyId: kmsKeyId! } };
    const storage = createStorage(options, { limits });
    const { sha256: wanted } = await storage.save('a.bin', bytes);

    await storage.copy('a.bin', 'b.bin');

    const encrypted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId };
    expect(await headOf(storage, 'a.bin')).toMatchObject(encrypted);
    expect(await headOf(storage, 'b.bin')).toMatchObject(encrypted);
    expect(await sha256(await storage.open('b.bin'))).toBe(wanted);
    expect((await fetch(storage.url('b.bin'))).status).toBe(200);
  });
});

describe('the option tls', () => {
  it('trusts the certificates that it names, and no others', async () => {
    const trusting = createStorage({ bucket, ...secure });
    const usual = createStorage({ bucket, endpoint, client: { maxAttempts: 1 } });

    await trusting.save('a.txt', 'bytes');

    expect(await textOf(trusting, 'a.txt')).toBe('bytes');
    await expect(usual.stat('a.txt')).rejects.toThrow(
      'the server gave no answer (DEPTH_ZERO_SELF_SIGNED_CERT), check the option endpoint',
    );
  });

  it('trusts everybody where it is told to', async () => {
    const storage = createStorage({ bucket, endpoint, tls: { rejectUnauthorized: false } });

    expect(await storage.exists('a.txt')).toBe(false);
  });
});
