import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { probe, type S3Storage, type S3StorageOptions } from '@filefield/s3';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { everythingIn, failure } from './error-text.ts';
import { createBucket, createStorage, pattern, streamed } from './support.ts';

const bucket = await createBucket();
const mebibyte = 1024 * 1024;
const multipart = { partSize: 5 * mebibyte, threshold: 5 * mebibyte };
const { accessKeyId } = inject('s3Server').credentials;
const forbidden = /hidden|x-amz-signature|aws4-hmac|authorization:/i;

/** Every operation that asks the server something. */
const operations: readonly (readonly [string, (storage: S3Storage) => Promise<unknown>])[] = [
  ['save', async (one) => one.save('a.txt', 'bytes')],
  ['save of a large file', async (one) => one.save('a.bin', pattern(6 * mebibyte))],
  ['save of a stream', async (one) => one.save('a.bin', streamed(pattern(6 * mebibyte)))],
  ['createWriteStream', async (one) => write(one)],
  ['open', async (one) => one.open('a.txt')],
  ['open of a part', async (one) => one.open('a.txt', { start: 1, end: 2 })],
  ['stat', async (one) => one.stat('a.txt')],
  ['exists', async (one) => one.exists('a.txt')],
  ['delete', async (one) => one.delete('a.txt')],
  ['deleteMany', async (one) => one.deleteMany(['a.txt', 'b.txt'])],
  ['reclaim', async (one) => one.reclaim(['a.txt', 'b.txt'])],
  ['copy', async (one) => one.copy('a.txt', 'b.txt')],
  ['move', async (one) => one.move('a.txt', 'b.txt')],
  ['list', async (one) => one.list()],
  ['walk', async (one) => Array.fromAsync(one.walk())],
  ['ready', async (one) => one.ready()],
];

async function write(storage: S3Storage): Promise<void> {
  const writer = storage.createWriteStream('a.txt').getWriter();
  await Promise.all([writer.write(Buffer.from('bytes')), writer.close()]);
}

/** The port of a proxy that wants other passwords. */
async function closedProxy(): Promise<number> {
  const proxy = createServer().on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    proxy.close();
  });
  return (proxy.address() as AddressInfo).port;
}

function strangerOf(options: Partial<S3StorageOptions> = {}): S3Storage {
  const credentials = {
    accessKeyId,
    secretAccessKey: 'hidden-secret',
    sessionToken: 'hidden-token',
  };
  return createStorage({ bucket, credentials, multipart, ...options });
}

describe('no error tells a credential or a signature:', () => {
  it.each(operations)('%s that the server refuses', async (_operation, work) => {
    const error = await failure(work(strangerOf()));

    expect(everythingIn(error)).not.toMatch(forbidden);
  });

  it.each(operations)('%s that a proxy keeps from the server', async (_operation, work) => {
    const proxy = `http://user:hidden@127.0.0.1:${await closedProxy()}`;
    const storage = strangerOf({ proxy, client: { maxAttempts: 1 } });

    const error = await failure(work(storage));

    expect(everythingIn(error)).toContain('the proxy lets nobody through (Bad response: 407)');
    expect(everythingIn(error)).not.toMatch(forbidden);
  });
});

describe('a storage', () => {
  it('shows no credential when it is logged', async () => {
    const storage = strangerOf({ sse: { kmsKeyId: 'acme' } });
    storage.url('a.txt');

    expect(inspect(storage, { depth: 3, showHidden: true })).not.toMatch(forbidden);
    expect(JSON.stringify(storage)).not.toMatch(forbidden);
  });

  it('shows none in what probe finds', async () => {
    expect(JSON.stringify(await probe(strangerOf()))).not.toMatch(forbidden);
  });
});
