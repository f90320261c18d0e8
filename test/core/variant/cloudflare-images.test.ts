import { resize, StorageOptionsError } from '@filefield/core';
import { cloudflareImages, type CloudflareImagesOptions } from '@filefield/core/transformers';
import { describe, expect, it } from 'vitest';
import { hostileNames, storageOf, transforming, type Asked } from './transformed.ts';

function urlOf(asked: Asked, options: Partial<CloudflareImagesOptions> = {}): string | undefined {
  return cloudflareImages({ url: 'https://zone.test/', ...options }).url(transforming(asked));
}

describe('cloudflareImages()', () => {
  it('makes a URL that says what the variant is', () => {
    expect(urlOf({})).toBe(
      'https://zone.test/cdn-cgi/image/width=200,height=100,fit=aspect-crop,format=webp,anim=false' +
        '/https://files.test/media/me.jpg',
    );
  });

  it('names originals of its own zone by their path', () => {
    const url = urlOf({}, { url: '/', source: ({ row }) => `/media/${row.name}` });

    expect(url).toMatch(/^\/cdn-cgi\/image\/[^/]+\/media\/me\.jpg$/);
  });

  it.each<[what: string, definition: ReturnType<typeof resize>, options: string]>([
    [
      'cover, enlarged',
      resize(9, 9, 'cover', { enlarge: true }),
      'width=9,height=9,fit=cover,format=webp',
    ],
    [
      'contain',
      resize(9, 9, 'contain'),
      'width=9,height=9,fit=pad,background=transparent,format=webp',
    ],
    [
      'contain on a color',
      resize(9, 9, 'contain', { background: '#fa0' }),
      'width=9,height=9,fit=pad,background=%23ffaa00,format=webp',
    ],
    ['fill', resize(9, 9, 'fill'), 'width=9,height=9,fit=squeeze,format=webp'],
    ['inside', resize(9, 9, 'inside'), 'width=9,height=9,fit=scale-down,format=webp'],
    [
      'inside, enlarged',
      resize(9, 9, 'inside', { enlarge: true }),
      'width=9,height=9,fit=contain,format=webp',
    ],
    ['a width', resize(9), 'width=9,fit=scale-down,format=webp'],
    ['a height', resize(undefined, 9), 'height=9,fit=scale-down,format=webp'],
    [
      'a JPEG of a quality',
      resize(9, 9, 'inside', { type: 'image/jpeg', quality: 70 }),
      'width=9,height=9,fit=scale-down,quality=70,background=%23ffffff,format=jpeg',
    ],
  ])('asks for %s', (_what, definition, options) => {
    expect(urlOf({ definition })).toContain(`/cdn-cgi/image/${options},anim=false/https://`);
  });

  it.each<[what: string, asked: Asked]>([
    ['outside of a box', { definition: resize(9, 9, 'outside') }],
    ['PNG', { definition: resize(9, 9, 'cover', { type: 'image/png' }) }],
    ['private files', { storage: storageOf('private') }],
    ['downloads', { options: { download: 'me.webp' } }],
  ])('leaves %s to others', (_what, asked) => {
    expect(urlOf(asked)).toBeUndefined();
  });

  it.each(hostileNames)('finds originals with %s in their names', (_what, name) => {
    const url = new URL(urlOf({ name })!);

    const [, , , ...source] = url.pathname.split('/');

    expect([url.search, url.hash]).toEqual(['', '']);
    expect(decodeURIComponent(source.join('/'))).toBe(
      `width=200,height=100,fit=aspect-crop,format=webp,anim=false/https://files.test/media/${name}`,
    );
  });

  it.each<[what: string, options: Record<string, unknown>]>([
    ['no URL', { url: 'zone.test' }],
    ['a URL with a fragment', { url: 'https://zone.test/#' }],
    ['a source that is no function', { source: '/media/' }],
  ])('refuses %s', (_what, options) => {
    expect(() => urlOf({}, options)).toThrow(StorageOptionsError);
  });
});
