import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { S3Storage, S3StorageOptions } from '@filefield/s3';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { createBucket, createStorage, pattern, requestsOf, sha256, textOf } from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const large = pattern(24 * mebibyte);
const plain = { prefix: 'plain' };
const compressed = { prefix: 'gz', gzip: true, gzipTypes: ['application/octet-stream'] };

beforeAll(async () => {
  for (const options of [plain, compressed]) {
    await createStorage({ bucket, ...options }).save('large.bin', large, { ifExists: 'overwrite' });
  }
});

/** A storage with one large object, behind a proxy that sees what is transferred. */
async function distantStorage(
  options: Partial<S3StorageOptions> = plain,
): Promise<{ storage: S3Storage; proxy: TcpProxy }> {
  const proxy = await tcpProxy(inject('s3Server').endpoint);
  const httpAgent = new Agent({ keepAlive: false });
  const client = { maxAttempts: 1, requestHandler: { httpAgent } };
  const storage = createStorage({ bucket, endpoint: proxy.url, client, ...options });
  return { storage, proxy };
}

async function until(isTrue: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200 && !isTrue(); tries += 1) await wait(25);
  return isTrue();
}

describe('reading from S3', () => {
  it.each([
    { what: 'the beginning', options: { end: 5 }, text: '01234' },
    { what: 'the middle', options: { start: 3, end: 7 }, text: '3456' },
    { what: 'the rest', options: { start: 7 }, text: '789' },
    { what: 'more than there is', options: { start: 7, end: 99 }, text: '789' },
    { what: 'nothing', options: { start: 4, end: 4 }, text: '' },
    { what: 'what lies behind the end', options: { start: 10, end: 20 }, text: '' },
  ])('gives $what of an object', async ({ options, text }) => {
    const storage = createStorage({ bucket });
    await storage.save('digits.txt', '0123456789');

    expect(await textOf(storage, 'digits.txt', options)).toBe(text);
  });

  it.each([
    { what: 'an object', options: {} },
    { what: 'a part of it', options: { start: 3, end: 7 } },
  ])('asks once, for $what', async ({ options }) => {
    const storage = createStorage({ bucket });
    await storage.save('digits.txt', '0123456789');
    const requests = requestsOf(storage);

    await textOf(storage, 'digits.txt', options);

    expect(requests).toEqual(['GetObject']);
  });

  it('transfers the first bytes of a large object without the rest', async () => {
    const { storage, proxy } = await distantStorage();
    const before = proxy.received;

    const head = await new Response(await storage.open('large.bin', { end: 10 })).arrayBuffer();

    expect(Buffer.from(head)).toEqual(Buffer.from(large.subarray(0, 10)));
    expect(proxy.received - before).toBeLessThan(10_000);
  });

  it('closes the connection when the reader stops early', async () => {
    const { storage, proxy } = await distantStorage();
    const before = proxy.received;

    const reader = (await storage.open('large.bin')).getReader();
    await reader.read();
    await reader.cancel();

    expect(await until(() => proxy.open === 0)).toBe(true);
    expect(proxy.received - before).toBeLessThan(large.byteLength / 2);
  });

  it.each([
    { what: 'an object', options: plain },
    { what: 'a compressed object', options: compressed },
  ])('closes the connection when nobody reads $what at all', async ({ options }) => {
    const { storage, proxy } = await distantStorage(options);

    const stream = await storage.open('large.bin');
    await stream.cancel();

    expect(await until(() => proxy.open === 0)).toBe(true);
  });

  it('closes the connection when its signal is aborted', async () => {
    const { storage, proxy } = await distantStorage();
    const controller = new AbortController();
    const reason = new Error('the user left');

    const stream = await storage.open('large.bin', { signal: controller.signal });
    controller.abort(reason);

    await expect(new Response(stream).arrayBuffer()).rejects.toBe(reason);
    expect(await until(() => proxy.open === 0)).toBe(true);
  });

  it.each([
    { what: 'is reset', how: 'reset' },
    { what: 'ends as if all were said', how: 'end' },
  ] as const)('fails and gives no short file when the connection $what', async ({ how }) => {
    const { storage, proxy } = await distantStorage();
    proxy.cutAfter(mebibyte, how);

    const reading = storage.open('large.bin').then(async (stream) => sha256(stream));

    await expect(reading).rejects.toMatchObject({
      code: expect.stringMatching('^STORAGE|INTEGRITY$'),
    });
  });

  it('gives many readers the whole object at the same time', async () => {
    const storage = createStorage({ bucket });
    await storage.save('shared.bin', large.subarray(0, mebibyte));

    const readers = Array.from({ length: 60 }, async () =>
      sha256(await storage.open('shared.bin')),
    );

    expect(new Set(await Promise.all(readers)).size).toBe(1);
  });
});
