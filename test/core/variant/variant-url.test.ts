import { FieldFile, resize, UnsupportedOperationError, type FileRow } from '@filefield/core';
import { variantFile, type OnDemandRequest } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';
import { photo, shownFile } from './shown-file.ts';

const thumb = resize(200, 200);
const definitions = { thumb, card: resize(640) };
const current = variantFile('thumb', thumb, photo);
const onDemand = ({ file }: { file: string }): string => `/variants/${file}`;
const listing = (variants: unknown, row = photo): FileRow => ({
  ...row,
  variants: variants as never,
});

describe('getUrl({ variant }) makes no request and is', () => {
  it('the URL of its object, where the row lists it', () => {
    const file = shownFile(listing({ thumb: { name: current, size: 10, type: 'image/webp' } }), {
      definitions,
      onDemand,
    });

    expect(file.getUrl({ variant: 'thumb' })).toBe(`/media/avatars/me.jpg.v/${current}`);
  });

  it('signed, where the original is private', () => {
    const row = listing({ thumb: { name: current, size: 10, type: 'image/webp' } });
    const url = shownFile(row, { definitions, visibility: 'private' }).getUrl({ variant: 'thumb' });

    expect(url).toMatch(/^\/media\/avatars\/me\.jpg\.v\/thumb-\w+\.webp\?expires=\d+&signature=/);
  });

  it('the URL that makes it on demand, while the row does not list it', () => {
    const file = shownFile(photo, { definitions, onDemand });

    expect(file.getUrl({ variant: 'thumb' })).toBe(`/variants/${current}`);
  });

  it('the URL that makes it anew, where an older definition made what the row lists', () => {
    const row = listing({ thumb: { name: 'thumb-00.webp', size: 10, type: 'image/webp' } });

    expect(shownFile(row, { definitions, onDemand }).getUrl({ variant: 'thumb' })).toBe(
      `/variants/${current}`,
    );
  });

  it('the URL of what an older definition made, where nothing makes it on demand', () => {
    const row = listing({ thumb: { name: 'thumb-00.webp', size: 10, type: 'image/webp' } });

    expect(shownFile(row, { definitions }).getUrl({ variant: 'thumb' })).toBe(
      '/media/avatars/me.jpg.v/thumb-00.webp',
    );
  });

  it('the original’s URL, where there is nothing else', () => {
    expect(shownFile(photo, { definitions }).getUrl({ variant: 'thumb' })).toBe(
      '/media/avatars/me.jpg',
    );
  });

  it('the original’s URL of an SVG, which is as sharp at any size', () => {
    const drawing = { ...photo, name: 'a.svg', type: 'image/svg+xml' };

    expect(shownFile(drawing, { definitions, onDemand }).getUrl({ variant: 'thumb' })).toBe(
      '/media/a.svg',
    );
  });

  it('a service’s URL first, where one makes variants', () => {
    const row = listing({ thumb: { name: current, size: 10, type: 'image/webp' } });
    const transformer = {
      url: ({ variant }: { variant: string }) => `https://images.test/${variant}`,
    };

    expect(shownFile(row, { definitions, transformer }).getUrl({ variant: 'thumb' })).toBe(
      'https://images.test/thumb',
    );
  });

  it.each([
    ['a text', 'thumb-00.webp'],
    ['null', null],
    ['a list', [{ name: 'thumb-00.webp' }]],
    ['an entry that is a text', { thumb: 'thumb-00.webp' }],
    ['an entry without a name', { thumb: { size: 10 } }],
    ['the name of another object', { thumb: { name: '../../secrets.webp' } }],
    ['a directory', { thumb: { name: 'a/b.webp' } }],
    ['two dots', { thumb: { name: '..' } }],
    ['a number for a name', { thumb: { name: 7 } }],
    ['a name that is too long', { thumb: { name: `${'a'.repeat(3000)}.webp` } }],
    ['the name of a device', { thumb: { name: 'nul.webp' } }],
  ])('the original’s URL, where raw SQL wrote %s', (_, variants) => {
    expect(shownFile(listing(variants), { definitions }).getUrl({ variant: 'thumb' })).toBe(
      '/media/avatars/me.jpg',
    );
  });

  it('the URL of what a row of a raw query lists, whatever its field declares', () => {
    const row = listing({ thumb: { name: 'thumb-00.webp', size: 10, type: 'image/webp' } });
    const file = shownFile(row, { field: undefined });

    expect(file.getUrl({ variant: 'thumb' })).toBe('/media/avatars/me.jpg.v/thumb-00.webp');
    expect(file.getUrl({ variant: 'card' })).toBe('/media/avatars/me.jpg');
  });

  it.each(['thum', '__proto__', 'constructor', ''])(
    'refused for "%s", which the field does not declare',
    (variant) => {
      const file = shownFile(photo, { definitions });

      expect(() => file.getUrl({ variant })).toThrow(UnsupportedOperationError);
    },
  );

  it('refused with the names that there are', () => {
    expect(() => shownFile(photo, { definitions }).getUrl({ variant: 'thum' })).toThrow(
      'User.avatar declares no such variant, known are "thumb", "card"',
    );
  });

  it('refused before the flush', () => {
    const file = FieldFile.from('x', { filename: 'a.png' });

    expect(() => file.getUrl({ variant: 'thumb' })).toThrow('Cannot make a URL of');
  });

  it('offered under the original’s filename, as what it is', () => {
    const row = listing({ thumb: { name: current, size: 10, type: 'image/webp' } });
    const file = shownFile(row, { definitions, visibility: 'private' });
    const url = new URL(file.getUrl({ variant: 'thumb', download: true }), 'http://a.test');

    expect(url.searchParams.get('download')).toBe('me at sea.webp');
  });

  it.each<[filename: unknown, offered: string]>([
    ['Mr. Smith', 'Mr. Smith.webp'],
    ['.hidden', '.hidden.webp'],
    [7, 'me.webp'],
  ])('offered with an extension that is its own, of %j', (filename, offered) => {
    const row = { ...photo, filename: filename as string };
    const names = { onDemand: ({ options }: OnDemandRequest) => String(options.download) };
    const file = shownFile(row, { definitions, ...names });

    expect(file.getUrl({ variant: 'thumb', download: true })).toBe(offered);
  });
});
