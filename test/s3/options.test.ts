import { S3Client } from '@aws-sdk/client-s3';
import { StorageOptionsError } from '@filefield/core';
import { S3Storage, staticOptions, type S3StorageOptions } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { djangoNames } from '../../packages/s3/src/django-names.ts';
import { rsaKey } from './rsa-key.ts';

const least = { bucket: 'acme', region: 'eu-central-1' } as const;
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
const cloudfront = { keyPairId: 'K1', privateKey: rsaKey };

describe('an S3 storage', () => {
  it('needs a bucket and a region, and is safe without more', () => {
    const options = checkedOptions(least, {});

    expect(options).toMatchObject({
      prefix: '',
      endpoint: undefined,
      forcePathStyle: false,
      visibility: 'private',
      signedUrls: true,
      urlExpiresIn: 3600,
      overwrite: false,
      objectParameters: {},
      gzip: undefined,
      gzipTypes: [
        'application/javascript',
        'application/json',
        'application/x-javascript',
        'image/svg+xml',
        'text/css',
        'text/javascript',
      ],
      inlineActiveTypes: false,
      accelerate: false,
      multipart: { threshold: 8_388_608, partSize: 8_388_608, concurrency: 4 },
      checksums: 'when-supported',
    });
    expect(options).not.toHaveProperty('acl');
  });

  it.each([
    ['AWS_REGION', { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }, 'eu-west-1'],
    ['AWS_DEFAULT_REGION', { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
  ])('takes its region from %s where none is set', (_variable, environment, region) => {
    expect(checkedOptions({ bucket: 'acme' }, environment).region).toBe(region);
  });

  it.each([
    ['a URL with a slash', 'https://s3.example.com/', 'https://s3.example.com', false],
    ['localhost', 'http://localhost:9000', 'http://localhost:9000', true],
    ['a container', 'http://minio:9000', 'http://minio:9000', true],
    ['an address', 'http://127.0.0.1:9000', 'http://127.0.0.1:9000', true],
    ['an IPv6 address', 'http://[::1]:9000', 'http://[::1]:9000', true],
  ])('addresses the bucket as suits %s', (_what, endpoint, kept, forcePathStyle) => {
    const options = checkedOptions({ ...least, endpoint }, {});

    expect(options).toMatchObject({ endpoint: kept, forcePathStyle, checksums: 'when-required' });
  });

  it.each([
    ['a host', 'media.example.com', 'https://media.example.com/'],
    ['a host with a slash', 'media.example.com/', 'https://media.example.com/'],
    ['a URL', 'http://media.example.com:8080', 'http://media.example.com:8080/'],
    ['a URL with a path', 'https://example.com/media', 'https://example.com/media/'],
  ])('takes %s as its custom domain', (_what, customDomain, kept) => {
    const options = checkedOptions({ ...least, customDomain, visibility: 'public' }, {});

    expect(options.customDomain).toBe(kept);
  });

  it('gives its prefix a slash at the end', () => {
    expect(checkedOptions({ ...least, prefix: 'media' }).prefix).toBe('media/');
    expect(checkedOptions({ ...least, prefix: 'media/' }).prefix).toBe('media/');
  });

  it('treats undefined as not set', () => {
    const options = checkedOptions({
      ...least,
      prefix: undefined,
      objectParameters: { CacheControl: undefined },
      multipart: { partSize: undefined },
    });

    expect(options.prefix).toBe('');
    expect(options.objectParameters).toEqual({});
    expect(options.multipart.partSize).toBe(8_388_608);
  });

  it('tells a client from settings for one', () => {
    const client = new S3Client({ region: 'eu-central-1' });

    expect(checkedOptions({ ...least, client })).toMatchObject({
      ownClient: client,
      clientSettings: {},
    });
    expect(checkedOptions({ ...least, client: { maxAttempts: 5 } })).toMatchObject({
      ownClient: undefined,
      clientSettings: { maxAttempts: 5 },
    });
  });

  it('takes credentials that the SDK has used', () => {
    const credentials = { ...keys, accountId: '123456789012', $source: { CREDENTIALS_CODE: 'e' } };

    expect(checkedOptions({ ...least, credentials }).credentials).toBe(credentials);
  });

  it('does not compile with an unknown option', () => {
    // @ts-expect-error there is no such option
    const options: S3StorageOptions = { ...least, querystring_auth: false };

    expect(() => new S3Storage(options)).toThrow(StorageOptionsError);
  });

  it.each(Object.keys(Object.fromEntries(djangoNames)))(
    'says what the setting %s of django-storages is called',
    (setting) => {
      expect(() => new S3Storage(fromJson({ ...least, [setting]: 'x' }))).toThrow(
        `there is no option "${setting}", use "${djangoNames.get(setting)}"`,
      );
    },
  );

  it.each<[what: string, json: object, problem: string]>([
    ['no bucket', {}, 'it has no bucket, set "bucket"'],
    ['a misspelt option', { ...least, URL_EXPIRES_IN: 1 }, 'use "urlExpiresIn"'],
    ['an unknown option', { ...least, frob: 1 }, 'no option "frob", see the README'],
    ['a number as text', { ...least, urlExpiresIn: '60' }, 'a whole number of seconds from 1 to'],
    ['a flag as text', { ...least, overwrite: 'false' }, 'true or false is wanted'],
    ['null', { ...least, prefix: null }, 'a text is wanted'],
    ['a bucket with a path', { ...least, bucket: 'acme/media' }, 'the name of a bucket is wanted'],
    ['an empty bucket', { ...least, bucket: '' }, 'the name of a bucket is wanted'],
    ['a URL as region', { ...least, region: 'https://x' }, 'a region is wanted'],
    ['no URL as endpoint', { ...least, endpoint: 's3.example.com' }, 'a URL without user'],
    ['a query at the domain', { ...least, customDomain: 'a.com?x' }, 'a host or a URL'],
    ['another scheme', { ...least, customDomain: 'ftp://a.com' }, 'a host or a URL'],
    ['two slashes as domain', { ...least, customDomain: '//a.com' }, 'a host or a URL'],
    ['an ACL that does not exist', { ...least, acl: 'public' }, '"public-read"'],
    ['one as parameter', { ...least, objectParameters: { ACL: 'public' } }, '"public-read"'],
    ['an unknown parameter', { ...least, objectParameters: { Cache: 'x' } }, 'writes no "Cache"'],
    ['an unknown part', { ...least, multipart: { partsize: 1 } }, 'it has no "partsize", only'],
    ['parts too small', { ...least, multipart: { partSize: 1 } }, 'from 5,242,880 to'],
    ['an expiry of nothing', { ...least, urlExpiresIn: 0 }, 'from 1 to 604,800'],
    ['an expiry of over a week', { ...least, urlExpiresIn: 604_801 }, 'from 1 to 604,800'],
    ['half a key', { ...least, credentials: { accessKeyId: 'x' } }, '"secretAccessKey" is missing'],
    ['half a CloudFront pair', { ...least, cloudfront: { keyPairId: 'x' } }, '"privateKey" is'],
    ['the other half', { ...least, cloudfront: { privateKey: 'x' } }, '"keyPairId" is missing'],
    ['a short key', { ...least, sse: { customerKey: 'AAAA' } }, '32 bytes are wanted'],
    ['an unknown encryption', { ...least, sse: 'aes' }, 'one of "s3", "kms" is wanted'],
    ['a number as owner', { ...least, expectedBucketOwner: 123 }, 'the 12 digits'],
    ['an owner too short', { ...least, expectedBucketOwner: '123' }, 'the 12 digits'],
    ['a fast gzip', { ...least, gzip: { level: 0 } }, 'from 1 to 9'],
  ])('refuses JSON with %s', (_what, json, problem) => {
    expect(refusal(fromJson(json))).toContain(problem);
  });

  it.each<[what: string, options: Partial<S3StorageOptions>, problem: string]>([
    [
      'a prefix that begins with a slash',
      { prefix: '/media/' },
      'the prefix "/media/" begins with a slash, use "media/"',
    ],
    ['a prefix that leads out', { prefix: 'media/../x' }, 'is no directory'],
    ['a prefix of slashes', { prefix: 'media//' }, 'is no directory'],
    [
      'a profile and keys',
      { profile: 'acme', credentials: keys },
      'both a profile and credentials are set, keep one of them',
    ],
    [
      'an endpoint without region',
      { endpoint: 'https://s3.example.com', region: undefined },
      'it has an endpoint and no region, set "region"',
    ],
    ['no region', { region: undefined }, 'it has no region, set "region" or AWS_REGION'],
    [
      'a private custom domain that nobody signs',
      { customDomain: 'media.example.com' },
      'it is private and nothing signs the URLs of its custom domain, set "cloudfront" or "urlSigner", or visibility: "public"',
    ],
    [
      'a signed custom domain that nobody signs',
      { customDomain: 'media.example.com', visibility: 'public', signedUrls: true },
      'it is signed and nothing signs',
    ],
    ['CloudFront without a domain', { cloudfront }, 'set "customDomain"'],
    [
      'two signers',
      { customDomain: 'media.example.com', cloudfront, urlSigner: ({ url }) => url },
      'keep one of them',
    ],
    ['unsigned URLs of private objects', { signedUrls: false }, 'set visibility: "public"'],
    [
      'a private storage that everybody may read',
      { acl: 'public-read' },
      'it is private and its ACL "public-read" lets strangers read',
    ],
    [
      'the same as a parameter',
      { objectParameters: { ACL: 'public-read' } },
      'lets strangers read',
    ],
    [
      'a window as long as the life',
      { urlExpiresIn: 60, urlWindow: 60 },
      'its urlWindow of 60 seconds is not shorter than its urlExpiresIn of 60',
    ],
    ['types to compress alone', { gzipTypes: ['text/css'] }, 'set gzip: true'],
    [
      'two encryptions',
      { sse: 's3', objectParameters: { ServerSideEncryption: 'AES256' } },
      'keep one of them',
    ],
    [
      'an encryption key over plain HTTP',
      { endpoint: 'http://s3.example.com', sse: { customerKey: new Uint8Array(32) } },
      'use an https endpoint',
    ],
    [
      'acceleration of another server',
      { accelerate: true, endpoint: 'https://s3.example.com' },
      'only AWS accelerates',
    ],
    ['acceleration in path style', { accelerate: true, forcePathStyle: true }, 'in the host'],
    ['acceleration with dots', { accelerate: true, bucket: 'acme.media' }, 'without dots'],
    [
      'a client and keys',
      { client: new S3Client({ region: 'eu-central-1' }), credentials: keys },
      '"client" is a client of your own and brings its "credentials"',
    ],
    [
      'settings of the client that are options',
      { client: Object.fromEntries([['region', 'eu-west-1']]) },
      '"client" holds "region", use the storage\'s own options for it',
    ],
    [
      'keys hidden in the settings of the client',
      { client: Object.fromEntries([['credentials', keys]]) },
      '"client" holds "credentials", use the storage\'s own options for it',
    ],
    [
      'a proxy beside a request handler',
      { proxy: 'http://proxy:3128', client: { requestHandler: {} } },
      '"proxy" would do nothing',
    ],
  ])('refuses %s and says what to do', (_what, options, problem) => {
    expect(refusal({ ...least, ...options })).toContain(problem);
  });

  it('names its bucket in the message', () => {
    expect(refusal({ ...least, urlExpiresIn: 0 })).toBe(
      'Cannot use the S3 storage of bucket "acme": the option "urlExpiresIn" 0 is not right, ' +
        'a whole number of seconds from 1 to 604,800 is wanted',
    );
  });

  it.each<[option: string, options: object]>([
    ['credentials', { credentials: { accessKeyId: 'AKIA', secretAccessKey: 5, x: 'hidden' } }],
    ['cloudfront', { cloudfront: { keyPairId: 'K', privateKey: 'hidden', x: 1 } }],
    [
      'a private key',
      { cloudfront: { keyPairId: 'K', privateKey: 'hidden' }, customDomain: 'a.b' },
    ],
    ['sse', { sse: { customerKey: 'hidden' } }],
    ['endpoint', { endpoint: 'https://user:hidden@s3.example.com' }],
    ['proxy', { proxy: 'socks://user:hidden@proxy' }],
  ])('shows nothing of %s in a message', (_option, options) => {
    const message = refusal(fromJson({ ...least, ...options }));

    expect(message).toMatch(/^Cannot use the S3 storage/);
    expect(message).not.toContain('hidden');
  });

  it('costs no request and no credentials to build', () => {
    const storage = new S3Storage({ bucket: 'acme', region: 'eu-central-1', prefix: 'media' });

    expect(storage.location).toBe('s3://s3.amazonaws.com/acme/media/');
  });

  it.each<[what: string, options: Partial<S3StorageOptions>, location: string]>([
    ['another region', { region: 'us-east-1' }, 's3://s3.amazonaws.com/acme/'],
    ['China', { region: 'cn-north-1' }, 's3://s3.amazonaws.com.cn/acme/'],
    ['a server', { endpoint: 'https://S3.example.com:443/' }, 's3://s3.example.com/acme/'],
    ['a port', { endpoint: 'http://s3.example.com:9000' }, 's3://s3.example.com:9000/acme/'],
    [
      'a server seen from outside',
      { endpoint: 'http://minio:9000', publicEndpoint: 'https://files.example.com' },
      's3://minio:9000/acme/',
    ],
  ])('has the same location however it is reached: %s', (_what, options, location) => {
    expect(new S3Storage({ ...least, ...options }).location).toBe(location);
  });
});

describe('a storage for static files', () => {
  it('is public, replaced, and shown by browsers', () => {
    expect(checkedOptions(staticOptions(least))).toMatchObject({
      visibility: 'public',
      signedUrls: false,
      overwrite: true,
      inlineActiveTypes: true,
    });
  });

  it.each([
    ['css/app.55e7cbb9ba48.css', 'public, max-age=31536000, immutable'],
    ['js/app.55e7cbb9ba48.js.gz', 'public, max-age=31536000, immutable'],
    ['css/app.css', 'public, no-cache'],
    ['favicon.ico', 'public, no-cache'],
  ])('caches %s for as long as its name allows', (name, CacheControl) => {
    const { objectParametersFor } = staticOptions(least);

    expect(objectParametersFor?.(name, { type: 'text/css', size: 1 })).toEqual({ CacheControl });
  });

  it('lets options win', () => {
    expect(staticOptions({ ...least, overwrite: false }).overwrite).toBe(false);
  });
});

function fromJson(value: object): S3StorageOptions {
  return JSON.parse(JSON.stringify(value));
}

function refusal(options: S3StorageOptions): string {
  try {
    checkedOptions(options, {});
    return `built ${new S3Storage(options).location}`;
  } catch (error) {
    expect(error).toBeInstanceOf(StorageOptionsError);
    return (error as Error).message;
  }
}
