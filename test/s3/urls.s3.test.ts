import { request } from 'node:http';
import {
  HeadObjectCommand,
  PutBucketVersioningCommand,
  type BucketVersioningStatus,
} from '@aws-sdk/client-s3';
import { defineStorages, UrlNotReadyError } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import type { S3Credentials, S3Storage } from '@filefield/s3';
import { describe, expect, it, inject } from 'vitest';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { credentialsOf } from '../../packages/s3/src/credentials.ts';
import { ObjectUrls } from '../../packages/s3/src/object-urls.ts';
import { bucketAgent, client, createBucket, createStorage, serverOptions } from './support.ts';

const { domain, endpoint } = inject('s3Server');
const port = new URL(endpoint).port;
const bucket = await createBucket();

describe('the server answers the URL of a private object', () => {
  it.each([
    ['a plain name', 'letters/hello.txt'],
    ['spaces and plus signs', 'a b/c+d e.txt'],
    ['signs that browsers leave alone', "(1)!'~-_.txt"],
    ['signs with a meaning in URLs', 'a#b&c=d;e@f,g$h%20i.txt'],
    ['letters of the world', 'größe/写真/📷.txt'],
  ])('with its bytes: %s', async (_what, name) => {
    const storage = createStorage({ bucket });
    await storage.save(name, 'Hello, world', { ifExists: 'error' });

    const response = await fetch(storage.url(name));

    expect(response.status).toBe(200);
    expect(await response.text()).toBe('Hello, world');
  });

  it('with a part of its bytes', async () => {
    const storage = await withLetter();

    const response = await fetch(storage.url('a.txt'), { headers: { range: 'bytes=7-' } });

    expect(response.status).toBe(206);
    expect(await response.text()).toBe('world');
  });

  it('with its head, where the URL is made for that', async () => {
    const storage = await withLetter();

    const response = await fetch(storage.url('a.txt', { method: 'HEAD' }), { method: 'HEAD' });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('12');
  });

  it('with the headers that the URL asks for', async () => {
    const storage = await withLetter();
    const options = { download: 'Brief „1“.txt', type: 'text/markdown', cacheControl: 'no-store' };

    const { headers } = await fetch(storage.url('a.txt', options));

    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="Brief ?1?.txt"; filename*=UTF-8''Brief%20%E2%80%9E1%E2%80%9C.txt`,
    );
    expect(headers.get('content-type')).toBe('text/markdown');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('with the version that the URL asks for', async () => {
    const storage = createStorage({ bucket: await createBucket() });
    await version(storage, 'Enabled');
    await storage.save('a.txt', 'first');
    const { VersionId: versionId } = await client.send(
      new HeadObjectCommand({ Bucket: storage.bucket, Key: `${storage.prefix}a.txt` }),
    );
    await storage.save('a.txt', 'second', { ifExists: 'overwrite' });

    const [old, latest] = [storage.url('a.txt', { versionId }), storage.url('a.txt')];

    expect(await (await fetch(old)).text()).toBe('first');
    expect(await (await fetch(latest)).text()).toBe('second');
  });

  it('at the end of its window', async () => {
    const storage = await withLetter();

    const url = signedAgo(storage, 1790);

    expect((await fetch(url)).status).toBe(200);
  });
});

describe('while the credentials are unknown', () => {
  it('one can wait for them', async () => {
    const { prefix } = await withLetter();
    const provider = async (): Promise<S3Credentials> => serverOptions.credentials;
    const build = (): S3Storage => createStorage({ bucket, prefix, credentials: provider });
    const storages = defineStorages({ private: build });
    const row = { storage: 'private', name: 'a.txt' };
    const file = fileBinding.hydrate(row, { storage: () => storages.get('private') });
    expect(() => file.url).toThrow(UrlNotReadyError);

    // #region waiting
    await storages.ready(); // at start-up: from here on the credentials are known
    const url = file.url;
    const waited = await file.getUrlAsync(); // or here
    // #endregion

    expect(waited).toBe(url);
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('the server refuses', () => {
  it('a URL whose time is over', async () => {
    const url = signedAgo(await withLetter(), 3601);

    expect(await errorOf(fetch(url))).toEqual([403, 'AccessDenied']);
  });

  it.each<[what: string, change: (url: URL) => void]>([
    ['another name', (url) => (url.pathname += 'x')],
    ['a longer life', ({ searchParams }) => searchParams.set('X-Amz-Expires', '604800')],
    ['a later start', ({ searchParams }) => searchParams.set('X-Amz-Date', '20991231T000000Z')],
    ['another type', ({ searchParams }) => searchParams.set('response-content-type', 'text/html')],
    [
      'another signature',
      ({ searchParams }) => searchParams.set('X-Amz-Signature', '0'.repeat(64)),
    ],
    ['no signature', (url) => (url.search = '')],
  ])('a URL with %s', async (_what, change) => {
    const storage = await withLetter();
    const url = new URL(storage.url('a.txt', { type: 'text/plain' }));
    change(url);

    expect((await fetch(url)).status).toBe(403);
  });

  it.each(['HEAD', 'PUT', 'DELETE'])('%s with a URL for reading', async (method) => {
    const storage = await withLetter();

    const response = await fetch(storage.url('a.txt'), { method });

    expect(response.status).toBe(403);
    expect(await storage.exists('a.txt')).toBe(true);
  });

  it('a URL signed with a wrong key', async () => {
    const { prefix } = await withLetter();
    const credentials = { ...serverOptions.credentials, secretAccessKey: 'wrong' };

    const url = createStorage({ bucket, prefix, credentials }).url('a.txt');

    expect(await errorOf(fetch(url))).toEqual([403, 'SignatureDoesNotMatch']);
  });
});

describe('the server answers', () => {
  it('the plain URL of a public object', async () => {
    const storage = createStorage({ bucket, visibility: 'public', acl: 'public-read' });
    await storage.save('a b.txt', 'Hello, world');

    const url = storage.url('a b.txt');

    expect(url).toBe(`${endpoint}/${bucket}/${storage.prefix}a%20b.txt`);
    expect(await (await fetch(url)).text()).toBe('Hello, world');
  });

  it('the URL that offers a public object under a filename', async () => {
    const storage = createStorage({ bucket, visibility: 'public', acl: 'public-read' });
    await storage.save('a.txt', 'Hello, world');

    const { headers } = await fetch(storage.url('a.txt', { download: 'b.txt' }));

    expect(headers.get('content-disposition')).toBe('attachment; filename=b.txt');
  });

  it('the custom domain that serves a bucket', async () => {
    const customDomain = `${endpoint}/${bucket}`;
    const options = { visibility: 'public', acl: 'public-read', customDomain } as const;
    const storage = createStorage({ bucket, ...options });
    await storage.save('a.txt', 'Hello, world');

    expect(await (await fetch(storage.url('a.txt'))).text()).toBe('Hello, world');
  });

  describe.runIf(domain)('under other names', () => {
    it('a URL with the bucket in the host', async () => {
      const { prefix } = await withLetter();
      const style = { endpoint: `http://${domain}:${port}`, forcePathStyle: false };
      const storage = createStorage({ bucket, prefix, ...style });

      const url = storage.url('a.txt');

      expect(new URL(url).host).toBe(`${bucket}.${domain}:${port}`);
      expect(await visit(url)).toEqual([200, 'Hello, world']);
    });

    it('a URL for the server as browsers reach it', async () => {
      const publicEndpoint = `http://${domain}:${port}`;
      const storage = createStorage({ bucket, publicEndpoint });
      await storage.save('a.txt', 'Hello, world');

      const url = storage.url('a.txt');

      expect(new URL(url).host).toBe(`${domain}:${port}`);
      expect(await visit(url)).toEqual([200, 'Hello, world']);
    });
  });
});

async function withLetter(): Promise<S3Storage> {
  const storage = createStorage({ bucket });
  await storage.save('a.txt', 'Hello, world');
  return storage;
}

/** The URL of `a.txt` whose signature began some seconds ago. */
function signedAgo({ prefix }: S3Storage, seconds: number): string {
  const checked = checkedOptions({ ...serverOptions, bucket, prefix, urlWindow: 0 });
  const urls = new ObjectUrls(checked, credentialsOf(checked));
  return urls.url('a.txt', {}, undefined, Date.now() - seconds * 1000);
}

async function version(storage: S3Storage, Status: BucketVersioningStatus): Promise<void> {
  const VersioningConfiguration = { Status };
  await client.send(
    new PutBucketVersioningCommand({ Bucket: storage.bucket, VersioningConfiguration }),
  );
}

async function errorOf(
  answer: Promise<Response>,
): Promise<[status: number, code: string | undefined]> {
  const response = await answer;
  return [response.status, /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]];
}

/** Fetches with a name server of our own. */
async function visit(url: string): Promise<[status: number | undefined, text: string]> {
  return await new Promise((resolve, reject) => {
    request(url, { agent: bucketAgent() }, (response) => {
      Array.fromAsync(response, String).then(
        (chunks) => resolve([response.statusCode, chunks.join('')]),
        reject,
      );
    })
      .on('error', reject)
      .end();
  });
}
