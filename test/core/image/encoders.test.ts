import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { inspect } from './inspect.ts';

const [width, height] = [120, 80];

/** A picture with a gradient and a transparent half. */
function picture(): Sharp {
  const pixels = Buffer.from(
    Array.from({ length: width * height }, (_, at) => [
      at % 256,
      (at >> 4) % 256,
      99,
      at % 255,
    ]).flat(),
  );
  return sharp(pixels, { raw: { width, height, channels: 4 } });
}

function film(): Sharp {
  const frames = Buffer.from(Array.from({ length: 120 * 240 * 4 }, (_, at) => (at * 7) % 256));
  return sharp(frames, { raw: { width: 120, height: 240, channels: 4, pageHeight: 80 } });
}

const upright: [filename: string, image: Sharp][] = [
  ['baseline.jpg', picture().jpeg()],
  ['progressive.jpg', picture().jpeg({ progressive: true })],
  ['of-mozjpeg.jpg', picture().jpeg({ mozjpeg: true })],
  ['cmyk.jpg', picture().toColourspace('cmyk').jpeg()],
  ['grey.jpg', picture().greyscale().jpeg()],
  ['with-a-profile.jpg', picture().withIccProfile('p3').jpeg()],
  [
    'with-a-place.jpg',
    picture()
      .withExif({ IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .jpeg(),
  ],
  ['interlaced.png', picture().png({ progressive: true })],
  ['palette.png', picture().png({ palette: true })],
  ['16-bit.png', picture().toColourspace('rgb16').png()],
  ['transparent.webp', picture().webp()],
  ['opaque.webp', picture().removeAlpha().webp()],
  ['lossless.webp', picture().webp({ lossless: true })],
  ['moving.webp', film().webp({ delay: [100, 100, 100] })],
  ['still.gif', picture().gif()],
  ['moving.gif', film().gif({ delay: [100, 100, 100] })],
  ['lzw.tiff', picture().tiff({ compression: 'lzw' })],
  ['jpeg.tiff', picture().removeAlpha().tiff({ compression: 'jpeg' })],
  ['pyramid.tiff', picture().removeAlpha().tiff({ pyramid: true, tile: true })],
  ['transparent.avif', picture().avif({ effort: 0 })],
  ['lossless.avif', picture().removeAlpha().avif({ effort: 0, lossless: true })],
];

const turned: [filename: string, image: Sharp][] = [
  ['a.jpg', picture().withMetadata({ orientation: 6 }).jpeg()],
  ['a.png', picture().withMetadata({ orientation: 8 }).png()],
  ['a.webp', picture().withMetadata({ orientation: 5 }).webp()],
];

describe('what real encoders write', () => {
  it.each(upright)('is let in and measured: %s', async (filename, image) => {
    const bytes = await image.toBuffer();

    expect(await inspect(bytes, { filename, chunk: 1000 })).toEqual({ width, height });
  });

  it.each(turned)('is turned upright as they say: %s', async (filename, image) => {
    const bytes = await image.toBuffer();

    const size = await inspect(bytes, { filename, limits: { applyOrientation: true } });

    expect(size).toEqual({ width: height, height: width });
  });

  it.each(upright)('is refused where its last quarter is missing: %s', async (filename, image) => {
    const bytes = await image.toBuffer();
    const part = bytes.subarray(0, Math.floor(bytes.byteLength * 0.75));

    await expect(inspect(part, { filename })).rejects.toThrow('damaged or incomplete');
  });
});
