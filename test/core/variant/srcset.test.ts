import { FieldFile, resize, srcset } from '@filefield/core';
import { variantFile } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';
import { photo, shownFile } from './shown-file.ts';

const definitions = {
  small: resize(320),
  large: resize(1280),
  tall: resize(undefined, 600),
  square: resize(200, 200),
};
const onDemand = ({ variant }: { variant: string }): string => `/v/${variant}`;

describe('srcset()', () => {
  it('tells each URL with the width that the row knows', () => {
    const name = variantFile('small', definitions.small, photo);
    const variants = { small: { name, size: 9, type: 'image/webp', width: 320, height: 240 } };
    const file = shownFile({ ...photo, variants }, { definitions, onDemand });

    expect(srcset(file, ['small', 'large'])).toBe(
      `/media/avatars/me.jpg.v/${name} 320w, /v/large 1280w`,
    );
  });

  it.each([
    ['of the box', 'small', 320, photo],
    ['that follows from the height', 'tall', 800, photo],
    ['of an original that is smaller', 'large', 600, { ...photo, width: 600, height: 450 }],
    ['of a box that a flat original does not fill', 'square', 100, { ...photo, height: 100 }],
  ])('tells the width %s, before the variant is there', (_, variant, width, row) => {
    expect(srcset(shownFile(row, { definitions, onDemand }), [variant])).toBe(
      `/v/${variant} ${width}w`,
    );
  });

  it('tells the original once, where nothing else is there', () => {
    expect(srcset(shownFile(photo, { definitions }), ['small', 'large'])).toBe(
      '/media/avatars/me.jpg 4000w',
    );
  });

  it('tells nothing where no width is known', () => {
    const { width: _, height: __, ...unmeasured } = photo;

    expect(srcset(shownFile(unmeasured, { definitions }), ['small'])).toBe('');
  });

  it.each([
    ['a text', '4000" onload="alert(1)'],
    ['a negative number', -1],
    ['half a pixel', 1.5],
    ['nothing', 0],
    ['more than a number can be', Infinity],
    ['an object', {}],
  ])('is well formed where raw SQL wrote %s for a width', (_, width) => {
    const row = { ...photo, width: width as number, height: 300 };
    const file = shownFile(row, { definitions, onDemand });

    expect(srcset(file, ['small', 'large'])).toBe('/v/small 320w, /v/large 1280w');
    expect(srcset(shownFile(row, { definitions }), ['small'])).toBe('');
  });

  it('keeps commas and spaces of a service’s URLs out of the list', () => {
    const transformer = { url: () => 'https://images.test/width=320,fit=cover/a b,' };

    expect(srcset(shownFile(photo, { definitions, transformer }), ['small'])).toBe(
      'https://images.test/width=320,fit=cover/a%20b%2C 320w',
    );
  });

  it('is refused before the flush', () => {
    const file = FieldFile.from('x', { filename: 'a.png' });

    expect(() => srcset(file, ['small'])).toThrow('Cannot make a URL of');
  });
});
