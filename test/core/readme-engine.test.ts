import { FieldFile } from '@filefield/core';
import { sharpEngine } from '@filefield/core/sharp';
import { describe, expect, it } from 'vitest';
import { phonePhoto } from '../support/photographs.ts';

describe('the README of @filefield/core shows how to', () => {
  it('make images of an image', async () => {
    const photo = FieldFile.from(await phonePhoto(6), { filename: 'me.jpg' });

    // #region engine
    const engine = sharpEngine({ timeout: 10_000, memory: 512 * 1024 ** 2 });

    const { images, placeholder } = await engine.render(photo.stream(), {
      resizes: [
        { width: 48, height: 48, fit: 'cover', type: 'image/webp', enlarge: false },
        { width: 1280, fit: 'inside', type: 'image/jpeg', quality: 70, enlarge: false },
      ],
      placeholder: true, // a thumbhash, about 25 bytes
      maxPixels: 100_000_000,
    });
    await engine.close(); // ends the child that waits for the next image
    // #endregion

    expect(images.map(({ width, height }) => [width, height])).toEqual([
      [48, 48],
      [80, 60],
    ]);
    expect(placeholder).toMatch(/^[\w+/]{20,34}=*$/);
  });
});
