import { resize, srcset, variant, type MadeVariant } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { photo, shownFile } from './variant/shown-file.ts';

const placeholder = '1QcSHQRnh493V4dIh4eXh1h4kJUI';

async function watermarked(source: AsyncIterable<Uint8Array>): Promise<MadeVariant> {
  return { bytes: Buffer.concat(await Array.fromAsync(source)) };
}

describe('the README of @filefield/core shows how to', () => {
  it('declare variants and show them', () => {
    // #region variants
    const definitions = {
      small: resize(320), // 320 pixels wide, as high as follows
      large: resize(1280, undefined, 'inside', { type: 'image/avif', quality: 60 }),
      thumb: resize(200, 200), // cut to fill the square
      marked: variant(watermarked, { type: 'image/png', version: 1 }),
    };
    // #endregion
    const file = shownFile({ ...photo, placeholder }, { definitions, onDemand: () => '/made' });

    // #region shown
    const image = `<img
      src="${file.getUrl({ variant: 'small' })}"
      srcset="${srcset(file, ['small', 'large'])}" sizes="(width < 40rem) 100vw, 40rem"
      style="background: url('${file.placeholderUrl ?? ''}') 0 / cover">`;
    // #endregion

    expect(image).toContain('src="/made"');
    expect(image).toContain('srcset="/made 320w, /made 1280w"');
    expect(image).toMatch(/url\('data:image\/png;base64,[\w+/=]+'\)/);
    expect(file.getUrl({ variant: 'marked' })).toBe('/made');
  });
});
