import { describe, expect, it } from 'vitest';
import * as image from '../../support/image-bytes.ts';
import { inspect } from './inspect.ts';

const size = { width: 40, height: 30 };

const measured: [name: string, bytes: Buffer][] = [
  ['a.png', image.png(size)],
  ['animated.png', image.png({ ...size, frames: 3 })],
  ['a.apng', image.png({ ...size, frames: 3 })],
  ['a.jpg', image.jpeg(size)],
  ['a.jpeg', image.jpeg({ ...size, comment: 'made by hand' })],
  ['a.gif', image.gif(size)],
  ['animated.gif', image.gif({ ...size, frames: 5 })],
  ['a.webp', image.webp(size)],
  ['animated.webp', image.webp({ ...size, frames: 2 })],
  ['lossless.webp', image.losslessWebp(40, 30)],
  ['a.bmp', image.bmp(size)],
  ['top-down.bmp', image.bmp({ width: 40, height: -30 })],
  ['a.tif', image.tiff(size)],
  ['a.tiff', image.tiff(size)],
  ['a.avif', image.heif('avif', size)],
  ['a.heic', image.heif('heic', size)],
  ['turned.heic', image.heif('heic', { width: 30, height: 40, orientation: 1 })],
  ['a.heif', image.heif('heic', size)],
];

describe('an image is measured', () => {
  it.each(measured)('as its format says: %s', async (filename, bytes) => {
    expect(await inspect(bytes, { filename })).toEqual(size);
  });

  it.each(measured)('however its bytes are cut: %s', async (filename, bytes) => {
    expect(await inspect(bytes, { filename, chunk: 1 })).toEqual(size);
  });

  it.each([
    ['behind 240 kB of profiles', 'far.jpg', image.jpeg({ ...size, lead: 240_000 })],
    ['at the end of the file', 'far.tif', image.tiff({ ...size, lead: 300_000 })],
  ])('where the header lies %s, without reading ahead', async (_, filename, bytes) => {
    expect(await inspect(bytes, { filename, chunk: 1000 })).toEqual(size);
  });

  it.each([
    ['a.jpg', image.jpeg({ ...size, orientation: 6 })],
    ['a.png', image.png({ ...size, orientation: 8 })],
    ['a.webp', image.webp({ ...size, orientation: 5 })],
    ['a.tif', image.tiff({ ...size, orientation: 7 })],
  ])('turned upright only when asked: %s', async (filename, bytes) => {
    const upright = await inspect(bytes, { filename, limits: { applyOrientation: true } });

    expect(upright).toEqual({ width: 30, height: 40 });
    expect(await inspect(bytes, { filename })).toEqual(size);
  });
});
