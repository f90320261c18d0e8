import { resize } from '@filefield/core';
import { cloudflareImages, cloudfrontImages, imgproxy } from '@filefield/core/transformers';
import { describe, expect, it } from 'vitest';
import { photo, shownFile } from './variant/shown-file.ts';

describe('the README of @filefield/core shows how to', () => {
  it('let a service make variants', () => {
    const key = '736563726574';
    const salt = '68656c6c6f';
    const secret = 'secret';

    // #region transformers
    const transformer = imgproxy({
      url: 'https://images.example.com/',
      key, // as IMGPROXY_KEY and IMGPROXY_SALT, in hexadecimal
      salt,
      source: ({ row }) => `s3://photos/${row.name}`, // imgproxy reads the bucket by itself
    });
    // or
    const cloudflare = cloudflareImages({ url: 'https://example.com/' });
    const cloudfront = cloudfrontImages({ url: 'https://d111111abcdef8.cloudfront.net/', secret });
    // #endregion
    const definitions = { thumb: resize(200, 200) };
    const urls = [transformer, cloudflare, cloudfront].map((service) =>
      shownFile(photo, { definitions, transformer: service, visibility: 'private' }).getUrl({
        variant: 'thumb',
      }),
    );

    expect(urls[0]).toMatch(
      /^https:\/\/images\.example\.com\/[\w-]{43}\/rs:fill-down:200:200:0:0\/exp:\d+\/[\w-]+\.webp$/,
    );
    expect(urls.slice(1).map((url) => url.split('?')[0])).toEqual([
      '/media/avatars/me.jpg',
      '/media/avatars/me.jpg',
    ]);
  });
});
