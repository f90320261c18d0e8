import { createVerify } from 'node:crypto';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { StorageOptionsError, UnsupportedOperationError } from '@filefield/core';
import { S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { CloudFrontSigner } from '../../packages/s3/src/cloudfront-signer.ts';
import { credentialsOf } from '../../packages/s3/src/credentials.ts';
import { ObjectUrls } from '../../packages/s3/src/object-urls.ts';
import { rsaKey } from './rsa-key.ts';

const cloudfront = { keyPairId: 'K2JCJMDEHXQW5F', privateKey: rsaKey };
const options = {
  bucket: 'acme',
  region: 'eu-central-1',
  prefix: 'media',
  customDomain: 'media.example.com',
  cloudfront,
} as const;
const expires = 1_800_000_000;
const end = { dateLessThan: new Date(expires * 1000) };
const noon = Date.parse('2026-11-20T12:00:00Z');

describe('a URL signed for CloudFront', () => {
  it.each([
    ['a name', 'https://media.example.com/a.txt'],
    ['a name that is encoded', 'https://media.example.com/a%20b/%C3%BC%2B.txt'],
    ['a query', 'https://media.example.com/a.txt?response-content-type=text%2Fplain'],
  ])('equals that of the SDK for %s', (_what, url) => {
    const wanted = getSignedUrl({ url, ...cloudfront, ...end });

    expect(new CloudFrontSigner(cloudfront).signUrl(url, { expires })).toBe(wanted);
  });

  it.each([
    ['an address', { ipAddress: '192.0.2.7' }, {}],
    ['a range', { ipAddress: '192.0.2.0/24' }, {}],
    [
      'a start',
      { startsAt: new Date(1_700_000_000_000) },
      { dateGreaterThan: new Date(1_700_000_000_000) },
    ],
  ])('holds a policy of its own for %s, as that of the SDK does', (_what, limits, theirs) => {
    const url = 'https://media.example.com/a.txt';
    const wanted = getSignedUrl({ url, ...cloudfront, ...end, ...limits, ...theirs });

    expect(new CloudFrontSigner(cloudfront).signUrl(url, { expires, ...limits })).toBe(wanted);
  });

  it('uses SHA-256 on demand, as that of the SDK does', () => {
    const url = 'https://media.example.com/a.txt';
    const keys = { ...cloudfront, algorithm: 'SHA256' } as const;

    const signed = new CloudFrontSigner(keys).signUrl(url, { expires });

    const found = new URLSearchParams(new URL(signed).search);
    const wanted = new URLSearchParams(new URL(getSignedUrl({ url, ...keys, ...end })).search);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });

  it('is what CloudFront verifies: the canned policy under the public key', () => {
    const url = 'https://media.example.com/a.txt';
    const { searchParams } = new URL(new CloudFrontSigner(cloudfront).signUrl(url, { expires }));

    const verifier = createVerify('RSA-SHA1').update(
      `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`,
    );
    const signature = (searchParams.get('Signature') ?? '')
      .replaceAll('-', '+')
      .replaceAll('_', '=')
      .replaceAll('~', '/');

    expect(verifier.verify(rsaKey, signature, 'base64')).toBe(true);
  });

  it('is what a storage with a key pair gives, without keys of AWS', () => {
    const urls = urlsOf();

    const url = urls.url('a b.txt', {}, 'private', noon);

    const lives = Number(new URL(url).searchParams.get('Expires')) - noon / 1000;
    expect(url).toMatch(
      /^https:\/\/media\.example\.com\/media\/a%20b\.txt\?Expires=\d+&Key-Pair-Id=K2JCJMDEHXQW5F&Signature=[\w~-]+$/,
    );
    expect(lives).toBeGreaterThan(1800);
    expect(urls.expiresAt('a b.txt', {}, noon)?.getTime()).toBe(noon + lives * 1000);
  });

  it('stays the same inside its window, and in other processes', () => {
    const [first, second] = [urlsOf(), urlsOf()].map((urls) => urls.url('a', {}, undefined, noon));

    expect(second).toBe(first);
  });

  it('is signed with its wishes, which the distribution forwards', () => {
    const url = urlsOf().url('a.txt', { download: true, versionId: 'v1' });

    expect(url).toContain('?response-content-disposition=attachment&versionId=v1&Expires=');
  });

  it('can be limited to an address', () => {
    const urls = urlsOf();

    const url = urls.url('a.txt', { ipAddress: '192.0.2.0/24' }, undefined, noon);

    expect(policyOf(url)).toEqual({
      Statement: [
        {
          Resource: 'https://media.example.com/media/a.txt',
          Condition: {
            DateLessThan: {
              'AWS:EpochTime': urls.expiresAt('a.txt', {}, noon)!.getTime() / 1000,
            },
            IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' },
          },
        },
      ],
    });
  });

  it.each(['300.1.1.1', '192.0.2.0/33', '192.0.2.0/', '::1', 'example.com', '1.2.3.4/8/8'])(
    'cannot be limited to %s',
    (ipAddress) => {
      expect(() => urlsOf().url('a.txt', { ipAddress })).toThrow(StorageOptionsError);
    },
  );

  it('is not made for a public storage, whatever it shares', () => {
    expect(urlsOf({ visibility: 'public' }).url('a.txt')).toBe(
      'https://media.example.com/media/a.txt',
    );
  });
});

describe('cookies signed for CloudFront', () => {
  it('equal those of the SDK with the same policy', () => {
    const policy = JSON.stringify({
      Statement: [
        {
          Resource: 'https://media.example.com/media/*',
          Condition: { DateLessThan: { 'AWS:EpochTime': noon / 1000 + 600 } },
        },
      ],
    });

    const cookies = urlsOf().cookies({ expiresIn: 600 }, 'private', noon);

    expect(cookies).toEqual(getSignedCookies({ policy, ...cloudfront }));
  });

  it('open what a path stands for', () => {
    const limits = { path: 'films/7/*', ipAddress: '192.0.2.7', startsAt: new Date(noon) };

    const cookies = urlsOf().cookies(limits, undefined, noon);

    expect(decoded(cookies['CloudFront-Policy'])).toEqual({
      Statement: [
        {
          Resource: 'https://media.example.com/media/films/7/*',
          Condition: {
            DateLessThan: { 'AWS:EpochTime': noon / 1000 + 3600 },
            DateGreaterThan: { 'AWS:EpochTime': noon / 1000 },
            IpAddress: { 'AWS:SourceIp': '192.0.2.7/32' },
          },
        },
      ],
    });
  });

  it('name the hash where it is not the usual one', () => {
    const keys = { ...cloudfront, algorithm: 'SHA256' } as const;

    const cookies = urlsOf({ cloudfront: keys }).cookies();

    expect(cookies['CloudFront-Hash-Algorithm']).toBe('SHA256');
  });

  it('are what a storage gives', () => {
    expect(Object.keys(new S3Storage(options).signedCookies())).toEqual([
      'CloudFront-Policy',
      'CloudFront-Signature',
      'CloudFront-Key-Pair-Id',
    ]);
  });

  it('need a key pair', () => {
    const storage = new S3Storage({ bucket: 'acme', region: 'eu-central-1' });

    expect(() => storage.signedCookies()).toThrow(UnsupportedOperationError);
  });
});

describe('the private key of CloudFront', () => {
  it('is read when the storage is built, and not repeated', () => {
    const keys = { keyPairId: 'K1', privateKey: '-----BEGIN PRIVATE KEY-----\nhidden' };

    const build = (): S3Storage => new S3Storage({ ...options, cloudfront: keys });

    expect(build).toThrow(StorageOptionsError);
    expect(build).toThrow(/"privateKey" of cloudfront is no private key in PEM(?!.*hidden)/);
  });
});

function urlsOf(more: object = {}): ObjectUrls {
  const checked = checkedOptions({ ...options, ...more });
  return new ObjectUrls(checked, credentialsOf(checked));
}

function policyOf(url: string): unknown {
  return decoded(new URL(url).searchParams.get('Policy') ?? '');
}

function decoded(policy: string): unknown {
  const base64 = policy.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  return JSON.parse(Buffer.from(base64, 'base64').toString());
}
