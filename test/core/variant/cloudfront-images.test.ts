import { createHmac } from 'node:crypto';
import { InvalidNameError, resize, StorageOptionsError } from '@filefield/core';
import { cloudfrontImages, type CloudfrontImagesOptions } from '@filefield/core/transformers';
import { describe, expect, it } from 'vitest';
import { cloudfrontSigned } from '../../../packages/core/src/variant/transformers/cloudfront-images.ts';
import { hostileNames, storageOf, transforming, type Asked } from './transformed.ts';

const location = 's3://s3.amazonaws.com/photos/prod/2026/';
const bucket = storageOf('public', location);

function urlOf(asked: Asked, options: Partial<CloudfrontImagesOptions> = {}): string | undefined {
  const transformer = cloudfrontImages({ url: 'https://d1.cloudfront.test/', ...options });
  return transformer.url(transforming({ storage: bucket, ...asked }));
}

/** What the image handler decodes of a path, which has to be Base64 as it expects it. */
function read(url: string): { bucket: string; key: string; edits: Record<string, unknown> } {
  const { pathname } = new URL(url);
  expect(pathname).toMatch(/^\/(?:[\dA-Za-z]{4})*(?:[\dA-Za-z]{2}==|[\dA-Za-z]{3}=)?$/);
  return JSON.parse(Buffer.from(pathname.slice(1), 'base64').toString());
}

describe('cloudfrontImages()', () => {
  it('signs as the tests of the image handler have it', () => {
    const path =
      '/eyJidWNrZXQiOiJ2YWxpZEJ1Y2tldCIsImtleSI6InZhbGlkS2V5IiwiZWRpdHMiOnsidG9Gb3JtYXQiOiJwbmcifX0=';

    expect(cloudfrontSigned(path, { secret: 'secret' })).toBe(
      `${path}?signature=4d41311006641a56de7bca8abdbda91af254506107a2c7b338a13ca2fa95eac3`,
    );
  });

  it('makes a URL that says what the variant is, of the bucket of the storage', () => {
    expect(read(urlOf({ name: 'avatars/me.jpg' })!)).toEqual({
      bucket: 'photos',
      key: 'prod/2026/avatars/me.jpg',
      edits: {
        rotate: null,
        resize: {
          width: 200,
          height: 100,
          fit: 'cover',
          withoutEnlargement: true,
          background: { r: 0, g: 0, b: 0, alpha: 0 },
        },
        toFormat: 'webp',
      },
    });
  });

  it('asks for a JPEG on a color, of a quality', () => {
    const options = { type: 'image/jpeg', quality: 70, background: '#fa0', enlarge: true } as const;
    const background = { r: 255, g: 170, b: 0, alpha: 1 };

    expect(read(urlOf({ definition: resize(9, 9, 'outside', options) })!).edits).toEqual({
      rotate: null,
      resize: { width: 9, height: 9, fit: 'outside', withoutEnlargement: false, background },
      flatten: { background },
      toFormat: 'jpeg',
      jpeg: { quality: 70 },
    });
  });

  it('takes bucket and key from the application', () => {
    const options = { bucket: 'other', key: () => 'k' };

    expect(read(urlOf({ storage: storageOf('public') }, options)!)).toMatchObject({
      bucket: 'other',
      key: 'k',
    });
    expect(read(urlOf({}, { bucket: ({ variant }) => variant })!).bucket).toBe('thumb');
  });

  it.each(hostileNames)('finds originals with %s in their names', (_what, name) => {
    expect(read(urlOf({ name })!).key).toBe(`prod/2026/${name}`);
  });

  it('signs the URLs of private files with their end', () => {
    const asked = { storage: storageOf('private', location), options: { expiresIn: 600 } };

    const { pathname, search, searchParams } = new URL(urlOf(asked, { secret: 's' })!);

    const [expires, signature] = search.slice(1).split('&signature=');
    const left = isoDate(searchParams.get('expires')!).getTime() - Date.now();
    expect(signature).toBe(
      createHmac('sha256', 's').update(`${pathname}?${expires}`).digest('hex'),
    );
    expect(left > 299_000 && left <= 600_000).toBe(true);
  });

  it.each<[what: string, asked: Asked]>([
    ['private files without a secret', { storage: storageOf('private', location) }],
    ['files that are in no bucket', { storage: storageOf('public') }],
    ['files of other servers', { storage: storageOf('public', 's3://minio.test:9000/photos/') }],
    ['downloads', { options: { download: 'me.webp' } }],
  ])('leaves %s to others', (_what, asked) => {
    expect(urlOf(asked)).toBeUndefined();
  });

  it('reads nothing that no storage would', () => {
    expect(() => urlOf({ name: '../secret.jpg' })).toThrow(InvalidNameError);
  });

  it.each<[what: string, options: Record<string, unknown>]>([
    ['no URL', { url: '//d1.cloudfront.test/' }],
    ['an empty secret', { secret: '' }],
    ['an empty bucket', { bucket: '' }],
    ['a bucket that is no text', { bucket: 7 }],
    ['a key that is no function', { key: 'k' }],
    ['no time at all', { urlExpiresIn: 0 }],
  ])('refuses %s', (_what, options) => {
    expect(() => urlOf({}, options)).toThrow(StorageOptionsError);
  });
});

/** The date of `20261121T093000Z`. */
function isoDate(basic: string): Date {
  return new Date(basic.replace(/^(....)(..)(..)T(..)(..)/, '$1-$2-$3T$4:$5:'));
}
