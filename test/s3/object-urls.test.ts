import {
  StorageOptionsError,
  UnsupportedOperationError,
  UrlNotReadyError,
  type FileStorage,
} from '@filefield/core';
import { S3Storage, type S3StorageOptions, type S3UrlOptions } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { CredentialSource, credentialsOf } from '../../packages/s3/src/credentials.ts';
import { ObjectUrls } from '../../packages/s3/src/object-urls.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
const least = { bucket: 'acme', region: 'eu-central-1', prefix: 'media', credentials } as const;
const publicly = { ...least, visibility: 'public' } as const;
const noon = Date.parse('2026-11-20T12:00:00Z');

describe('the URL of a private object', () => {
  it('is signed for an hour, of which it may have used up half', () => {
    const url = new URL(urlsOf().url('a b.txt', {}, 'private', noon));

    expect(url.origin + url.pathname).toBe(
      'https://acme.s3.eu-central-1.amazonaws.com/media/a%20b.txt',
    );
    expect(url.searchParams.get('X-Amz-Expires')).toBe('3600');
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
    expect(signedAt(url)).toBeGreaterThan(noon / 1000 - 1800);
  });

  it('stays the same inside its window, and in other processes', () => {
    const first = urlsOf().url('a.txt', {}, undefined, windowOf('a.txt'));

    const later = urlsOf().url('a.txt', {}, undefined, windowOf('a.txt') + 1_799_000);
    const next = urlsOf().url('a.txt', {}, undefined, windowOf('a.txt') + 1_800_000);

    expect(later).toBe(first);
    expect(next).not.toBe(first);
  });

  it('is remembered inside its window only', () => {
    const urls = urlsOf();
    const begin = windowOf('a.txt');
    const url = urls.url('a.txt', { expiresIn: undefined, download: false }, undefined, begin);

    expect(urls.cached('a.txt', {}, begin + 1_799_999)).toBe(url);
    expect(urls.cached('a.txt', {}, begin + 1_800_000)).toBeUndefined();
    expect(urls.cached('b.txt', {}, begin)).toBeUndefined();
  });

  it.each<[what: string, options: S3UrlOptions]>([
    ['a shorter life', { expiresIn: 60 }],
    ['a download', { download: true }],
    ['a filename', { download: 'b.txt' }],
    ['a type', { type: 'text/plain' }],
    ['HEAD', { method: 'HEAD' }],
    ['a version', { versionId: 'v1' }],
    ['a disposition', { contentDisposition: 'inline' }],
    ['caching', { cacheControl: 'no-store' }],
  ])('is another one for %s', (_what, options) => {
    const urls = urlsOf();
    const plain = urls.url('a.txt', {}, undefined, noon);
    const special = urls.url('a.txt', options, undefined, noon);

    expect(special).not.toBe(plain);
    expect(urls.url('a.txt', options, undefined, noon)).toBe(special);
    expect(urls.url('a.txt', {}, undefined, noon)).toBe(plain);
  });

  it.each<[what: string, options: S3UrlOptions, parameter: string, value: string]>([
    ['a download', { download: true }, 'response-content-disposition', 'attachment'],
    [
      'a filename',
      { download: 'Rechnung „1“ & Co.pdf' },
      'response-content-disposition',
      `attachment; filename="Rechnung ?1? & Co.pdf"; filename*=UTF-8''Rechnung%20%E2%80%9E1%E2%80%9C%20%26%20Co.pdf`,
    ],
    [
      'a filename with quotes',
      { download: 'a "b".pdf' },
      'response-content-disposition',
      String.raw`attachment; filename="a \"b\".pdf"`,
    ],
    [
      'a disposition of its own',
      { download: 'x', contentDisposition: 'inline' },
      'response-content-disposition',
      'inline',
    ],
    ['a type', { type: 'text/plain' }, 'response-content-type', 'text/plain'],
    ['caching', { cacheControl: 'no-store' }, 'response-cache-control', 'no-store'],
    ['a version', { versionId: 'v+1' }, 'versionId', 'v+1'],
  ])('asks S3 for %s', (_what, options, parameter, value) => {
    const url = new URL(urlsOf().url('a.txt', options, undefined, noon));

    expect(url.searchParams.get(parameter)).toBe(value);
  });

  it('asks for the owner and the payer that the storage expects', () => {
    const options = { expectedBucketOwner: '123456789012', requestPayer: 'requester' } as const;

    const { searchParams } = new URL(urlsOf({ ...least, ...options }).url('a.txt'));

    expect(searchParams.get('x-amz-expected-bucket-owner')).toBe('123456789012');
    expect(searchParams.get('x-amz-request-payer')).toBe('requester');
  });

  it('is made for the server as browsers reach it', () => {
    const options = { endpoint: 'http://minio:9000', publicEndpoint: 'https://files.example.com' };

    const url = urlsOf({ ...least, ...options }).url('a.txt');

    expect(url).toMatch(/^https:\/\/files\.example\.com\/acme\/media\/a\.txt\?X-Amz-/);
  });

  it.each([0, 604_801, 1.5])('cannot live for %d seconds', (expiresIn) => {
    expect(() => urlsOf().url('a.txt', { expiresIn })).toThrow(StorageOptionsError);
  });

  it('does not exist for objects that only a key of the customer opens', () => {
    const urls = urlsOf({ ...least, sse: { customerKey: new Uint8Array(32) } });

    expect(() => urls.url('a.txt')).toThrow(UnsupportedOperationError);
  });

  it('cannot be limited to an address without CloudFront', () => {
    const options = { ipAddress: '192.0.2.1' };

    expect(() => urlsOf().url('a.txt', options)).toThrow(UnsupportedOperationError);
  });

  it('ends when the storage says', () => {
    const urls = urlsOf();

    const end = urls.expiresAt('a.txt', { expiresIn: 60 }, noon);

    const url = new URL(urls.url('a.txt', { expiresIn: 60 }, undefined, noon));
    expect(end?.getTime()).toBe((signedAt(url) + 60) * 1000);
  });
});

describe('with temporary keys the URL of a private object', () => {
  it('ends with them', () => {
    const expiration = new Date(noon + 600_500);
    const urls = urlsOf({ ...least, credentials: { ...credentials, expiration } });

    const url = new URL(urls.url('a.txt', {}, undefined, noon));

    const lives = Number(url.searchParams.get('X-Amz-Expires'));
    expect(signedAt(url) + lives).toBe(noon / 1000 + 600);
    expect(urls.expiresAt('a.txt', {}, noon)).toEqual(new Date(noon + 600_000));
  });

  it('is forgotten when they end', () => {
    const expiration = new Date(noon + 1000);
    const urls = urlsOf({ ...least, credentials: { ...credentials, expiration } });
    urls.url('a.txt', {}, 'private', noon);

    expect(urls.cached('a.txt', {}, noon + 1000)).toBeUndefined();
    expect(() => urls.url('a.txt', {}, 'private', noon + 1000)).toThrow(UrlNotReadyError);
  });

  it('is made anew with new ones', async () => {
    const given = [
      { ...credentials, accessKeyId: 'KEY1', expiration: new Date(Date.now() + 3000) },
      { ...credentials, accessKeyId: 'KEY2' },
    ];
    const source = new CredentialSource(async () => given.shift() ?? credentials);
    const urls = new ObjectUrls(checkedOptions(least), source);
    await source.ready();
    const first = urls.url('a.txt');
    await expect.poll(() => source.current()?.accessKeyId, { timeout: 5000 }).toBe('KEY2');

    const second = urls.url('a.txt');

    expect([first, second].map((url) => url.includes('KEY1'))).toEqual([true, false]);
    source.close();
  });
});

describe('while the keys are unknown', () => {
  const storage = new S3Storage({
    ...least,
    credentials: async () => {
      throw new Error('the metadata service is away');
    },
  });

  it('the URL of a private object says what to wait for', () => {
    storage.alias = 'private';

    expect(() => storage.url('a.txt')).toThrow(
      new UrlNotReadyError({ storage: 'private', name: 'a.txt' }),
    );
  });

  it('says why they are', async () => {
    const source = new CredentialSource(async () => {
      throw new Error('the metadata service is away');
    });
    const urls = new ObjectUrls(checkedOptions(least), source);
    await source.ready().catch(() => undefined);

    expect(() => urls.url('a.txt')).toThrow(
      expect.objectContaining({ cause: new Error('the metadata service is away') }),
    );
  });

  it('nobody knows when a URL ends', () => {
    expect(storage.urlExpiresAt('a.txt')).toBeUndefined();
  });

  it('URLs of public objects are made all the same', () => {
    const urls = urlsOf({ ...publicly, credentials: undefined, profile: 'nobody' });

    expect(urls.url('a.txt')).toBe('https://acme.s3.eu-central-1.amazonaws.com/media/a.txt');
  });
});

describe('the URL of a public object', () => {
  it('is plain and does not end', () => {
    const urls = urlsOf(publicly);

    expect(urls.url("größe (1)!*'~.txt")).toBe(
      "https://acme.s3.eu-central-1.amazonaws.com/media/gr%C3%B6%C3%9Fe%20(1)!*'~.txt",
    );
    expect(urls.expiresAt('a.txt')).toBeUndefined();
  });

  it('names a version', () => {
    expect(urlsOf(publicly).url('a.txt', { versionId: 'v+1' })).toMatch(/a\.txt\?versionId=v%2B1$/);
  });

  it('is signed where it asks S3 for other headers, which needs a signature', () => {
    const urls = urlsOf(publicly);

    const url = urls.url('a.txt', { download: 'b.txt' }, undefined, noon);

    expect(url).toContain('X-Amz-Signature=');
    expect(urls.expiresAt('a.txt', { download: 'b.txt' }, noon)).toBeInstanceOf(Date);
  });

  it('is signed where the storage says so', () => {
    expect(urlsOf({ ...publicly, signedUrls: true }).url('a.txt')).toContain('X-Amz-Signature=');
  });

  it.each([
    ['a host', 'media.example.com', 'https://media.example.com/media/a%20b.txt'],
    ['plain HTTP', 'http://localhost:8080', 'http://localhost:8080/media/a%20b.txt'],
    ['a path', 'example.com/files', 'https://example.com/files/media/a%20b.txt'],
  ])('is one of the custom domain: %s', (_what, customDomain, url) => {
    expect(urlsOf({ ...publicly, customDomain }).url('a b.txt')).toBe(url);
  });

  it('hands wishes to the custom domain, whose network may forward them', () => {
    const urls = urlsOf({ ...publicly, customDomain: 'media.example.com' });

    expect(urls.url('a.txt', { download: true, type: 'text/plain' })).toBe(
      'https://media.example.com/media/a.txt' +
        '?response-content-disposition=attachment&response-content-type=text%2Fplain',
    );
  });
});

describe('a signer of one’s own', () => {
  it('gets the URL, the name and the end', () => {
    const urls = urlsOf({
      ...least,
      customDomain: 'media.example.com',
      urlSigner: ({ url, name, expires }) => `${url}?for=${name}&until=${expires.toISOString()}`,
    });

    const url = urls.url('a.txt', {}, undefined, noon);

    const end = urls.expiresAt('a.txt', {}, noon)?.toISOString();
    expect(url).toBe(`https://media.example.com/media/a.txt?for=a.txt&until=${end}`);
  });

  it('needs no keys of AWS, and is asked once in a window', () => {
    let asked = 0;
    const urls = urlsOf({
      ...least,
      credentials: undefined,
      profile: 'nobody',
      customDomain: 'media.example.com',
      urlSigner: ({ url }) => `${url}?${(asked += 1)}`,
    });

    const found = [1, 2, 3].map(() => urls.url('a.txt', {}, undefined, noon));

    expect(new Set(found)).toEqual(new Set(['https://media.example.com/media/a.txt?1']));
  });
});

describe('a storage on S3', () => {
  it('refuses names that could lead elsewhere before it signs', () => {
    const storage: FileStorage = new S3Storage(least);

    expect(() => storage.url('../other/a.txt')).toThrow('Cannot use "../other/a.txt"');
    expect(() => storage.url('/a.txt')).toThrow('as a file name');
    expect(() => storage.url('')).toThrow('as a file name');
  });

  it('says whether its URLs are signed', () => {
    expect(new S3Storage(least).capabilities.signedUrls).toBe(true);
    expect(new S3Storage(publicly).capabilities.signedUrls).toBe(false);
  });
});

function urlsOf(options: S3StorageOptions = least): ObjectUrls {
  const checked = checkedOptions(options);
  return new ObjectUrls(checked, credentialsOf(checked));
}

/** When the signature of a URL begins, in seconds. */
function signedAt({ searchParams }: URL): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
}

/** The beginning of the window that noon is in, in milliseconds. */
function windowOf(name: string): number {
  return signedAt(new URL(urlsOf().url(name, {}, undefined, noon))) * 1000;
}
