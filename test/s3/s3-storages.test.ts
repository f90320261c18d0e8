import { defineStorages, StorageOptionsError } from '@filefield/core';
import { s3Storages, storagesFromEnv, type S3Storage } from '@filefield/s3';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { mergedOptions } from '../../packages/s3/src/s3-storages.ts';
import { optionsOfVariables, variableName } from '../../packages/s3/src/option-variables.ts';
import { rsaKey } from './rsa-key.ts';

const shared = { region: 'eu-central-1', endpoint: 'https://s3.example.com' } as const;

describe('storages with shared options', () => {
  it('differ in what is their own', () => {
    const storages = defineStorages(
      s3Storages({
        shared: { ...shared, prefix: 'media' },
        storages: {
          public: { bucket: 'acme-public', visibility: 'public' },
          private: { bucket: 'acme-private', prefix: undefined },
        },
      }),
    );

    expect(storages.get('public').location).toBe('s3://s3.example.com/acme-public/media/');
    expect(storages.get('public').visibility).toBe('public');
    expect(storages.get('private').location).toBe('s3://s3.example.com/acme-private/');
    expect(storages.get('private').visibility).toBe('private');
  });

  it('have typed aliases', () => {
    const factories = s3Storages({ shared, storages: { public: { bucket: 'a' } } });

    expectTypeOf(factories).toEqualTypeOf<Readonly<Record<'public', () => S3Storage>>>();
  });

  it('may share a bucket', () => {
    const storages = defineStorages(
      s3Storages({
        shared: { ...shared, bucket: 'acme' },
        storages: { public: { prefix: 'public' }, private: { prefix: 'private' } },
      }),
    );

    expect(() => storages.assertSeparate()).not.toThrow();
    expect(storages.get('private').location).toBe('s3://s3.example.com/acme/private/');
  });

  it('merge their parameters', () => {
    const merged = mergedOptions(
      'private',
      { objectParameters: { CacheControl: 'private', StorageClass: 'STANDARD_IA' }, bucket: 'a' },
      { objectParameters: { CacheControl: 'no-store' }, multipart: { concurrency: 2 } },
    );

    expect(merged).toEqual({
      bucket: 'a',
      objectParameters: { CacheControl: 'no-store', StorageClass: 'STANDARD_IA' },
      multipart: { concurrency: 2 },
    });
  });

  it.each([
    ['keys', { profile: 'acme' }, { credentials: async () => Promise.reject(new Error('no')) }],
    ['a profile', { credentials: { accessKeyId: 'x', secretAccessKey: 'y' } }, { profile: 'acme' }],
    ['CloudFront', { urlSigner: String }, { cloudfront: { keyPairId: 'K', privateKey: rsaKey } }],
  ])('replace what %s of their own exclude', (_what, common, own) => {
    expect(mergedOptions('private', { bucket: 'a', ...common }, own)).toEqual({
      bucket: 'a',
      ...own,
    });
  });

  it('need a bucket each', () => {
    const { private: build } = s3Storages({ shared, storages: { private: {} } });

    expect(build).toThrow('Cannot use storage "private": it has no bucket, set "bucket"');
  });
});

describe('storages from the environment', () => {
  const environment = {
    FILEFIELD_S3_REGION: 'eu-central-1',
    FILEFIELD_S3_ENDPOINT: 'https://s3.example.com',
    FILEFIELD_S3_PUBLIC__BUCKET: 'acme-public',
    FILEFIELD_S3_PUBLIC__VISIBILITY: 'public',
    FILEFIELD_S3_PUBLIC_ENDPOINT: 'https://files.example.com',
    FILEFIELD_S3_PRIVATE__BUCKET: 'acme-private',
    FILEFIELD_S3_PRIVATE__PREFIX: 'media',
    FILEFIELD_S3_REPORTS__BUCKET: 'of another program',
    FILEFIELD_S3_ACL: '',
    PATH: '/bin',
  };

  it('have the options of all, and their own', () => {
    const storages = defineStorages(
      storagesFromEnv({ aliases: ['public', 'private'], environment }),
    );

    expect(storages.aliases).toEqual(['public', 'private']);
    expect(storages.get('private').location).toBe('s3://s3.example.com/acme-private/media/');
    expect(storages.get('public').url('a.txt')).toBe('https://acme-public.files.example.com/a.txt');
  });

  it('have typed aliases', () => {
    const factories = storagesFromEnv({ aliases: ['public'], environment });

    expectTypeOf(factories).toEqualTypeOf<Readonly<Record<'public', () => S3Storage>>>();
    // @ts-expect-error -- no storage has this alias
    storagesFromEnv({ aliases: ['public'], storages: { pubic: {} }, environment });
  });

  it('may share a bucket and what the program says', () => {
    const { userUploads } = storagesFromEnv({
      aliases: ['userUploads'],
      variables: 'ACME',
      shared: { region: 'eu-west-1', prefix: 'x', overwrite: true },
      environment: { ACME_BUCKET: 'acme', ACME_USER_UPLOADS__PREFIX: 'uploads' },
    });

    expect(userUploads().location).toBe('s3://s3.amazonaws.com/acme/uploads/');
  });

  it('may have options that the program sets for one of them', () => {
    const { public: build, private: buildPrivate } = storagesFromEnv({
      aliases: ['public', 'private'],
      storages: { public: { prefix: 'own' }, private: { prefix: 'own', visibility: 'public' } },
      environment: { ...environment, FILEFIELD_S3_PREFIX: 'all' },
    });

    expect(build().prefix).toBe('own/');
    // FILEFIELD_S3_PRIVATE__PREFIX says so.
    expect(buildPrivate()).toMatchObject({ prefix: 'media/', visibility: 'public' });
  });

  it.each<[variable: string, text: string, options: object]>([
    ['URL_EXPIRES_IN', '600', { urlExpiresIn: 600 }],
    ['FORCE_PATH_STYLE', 'true', { forcePathStyle: true }],
    ['SIGNED_URLS', '0', { signedUrls: false }],
    ['GZIP', '1', { gzip: true }],
    ['GZIP', '{"level":9}', { gzip: { level: 9 } }],
    ['GZIP_TYPES', 'text/css, text/plain', { gzipTypes: ['text/css', 'text/plain'] }],
    ['INLINE_ACTIVE_TYPES', 'true', { inlineActiveTypes: true }],
    ['INLINE_ACTIVE_TYPES', 'image/svg+xml', { inlineActiveTypes: ['image/svg+xml'] }],
    ['OBJECT_PARAMETERS', '{"CacheControl":"x"}', { objectParameters: { CacheControl: 'x' } }],
    ['MULTIPART', '{"concurrency":2}', { multipart: { concurrency: 2 } }],
    ['SSE', 'kms', { sse: 'kms' }],
    ['SSE', '{"kmsKeyId":"1"}', { sse: { kmsKeyId: '1' } }],
    ['EXPECTED_BUCKET_OWNER', '001234567890', { expectedBucketOwner: '001234567890' }],
    ['ACCESS_KEY_ID', 'AKID', { credentials: { accessKeyId: 'AKID' } }],
    [
      'CLOUDFRONT_PRIVATE_KEY',
      String.raw`-----BEGIN\nx\n`,
      { cloudfront: { privateKey: '-----BEGIN\nx\n' } },
    ],
  ])('read %s=%s', (name, text, options) => {
    expect(optionsOfVariables([{ name, variable: name, text }])).toEqual(options);
  });

  it('put the parts of a key together', () => {
    const parts = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN'];

    const variables = parts.map((name) => ({ name, variable: name, text: name }));

    expect(optionsOfVariables(variables)).toEqual({
      credentials: {
        accessKeyId: 'ACCESS_KEY_ID',
        secretAccessKey: 'SECRET_ACCESS_KEY',
        sessionToken: 'SESSION_TOKEN',
      },
    });
  });

  it.each([
    [
      'a bucket is missing',
      { FILEFIELD_S3_BUCKET: undefined },
      'Cannot use storage "private": it has no bucket, set FILEFIELD_S3_PRIVATE__BUCKET or FILEFIELD_S3_BUCKET',
    ],
    [
      'a variable is misspelt',
      { FILEFIELD_S3_BUCKT: 'acme' },
      'Cannot read FILEFIELD_S3_BUCKT: there is no option of that name',
    ],
    [
      'one of an alias is',
      { FILEFIELD_S3_PRIVATE__BUCKT: 'acme' },
      'Cannot read FILEFIELD_S3_PRIVATE__BUCKT: there is no option',
    ],
    [
      'a flag is none',
      { FILEFIELD_S3_BUCKET: 'acme', FILEFIELD_S3_OVERWRITE: 'yes' },
      'Cannot read FILEFIELD_S3_OVERWRITE: it is no "true" or "false"',
    ],
    [
      'JSON is none',
      { FILEFIELD_S3_BUCKET: 'acme', FILEFIELD_S3_PRIVATE__TLS: 'hidden' },
      'Cannot read FILEFIELD_S3_PRIVATE__TLS: it is no JSON',
    ],
  ])('say so when %s', (_what, environment, message) => {
    const read = (): unknown => storagesFromEnv({ aliases: ['private'], environment });

    expect(read).toThrow(StorageOptionsError);
    expect(read).toThrow(message);
  });

  it('check values when they are built', () => {
    const { private: build } = storagesFromEnv({
      aliases: ['private'],
      environment: { FILEFIELD_S3_BUCKET: 'acme', FILEFIELD_S3_URL_EXPIRES_IN: 'an hour' },
    });

    expect(build).toThrow('the option "urlExpiresIn" null is not right');
  });

  it.each([
    ['private', 'PRIVATE'],
    ['userUploads', 'USER_UPLOADS'],
    ['user-uploads', 'USER_UPLOADS'],
    ['User.avatar', 'USER_AVATAR'],
    ['s3Archive', 'S3_ARCHIVE'],
  ])('call %s %s', (alias, name) => {
    expect(variableName(alias)).toBe(name);
  });
});
