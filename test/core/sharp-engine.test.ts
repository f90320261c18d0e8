import { StorageOptionsError } from '@filefield/core';
import { detectType } from '@filefield/core/binding';
import { sharpEngine } from '@filefield/core/sharp';
import sharp, { type Color } from 'sharp';
import { thumbHashToAverageRGBA } from 'thumbhash';
import { afterAll, describe, expect, it } from 'vitest';
import { expectedWidth } from '../../packages/core/src/variant/expected-width.ts';
import { coloursOf, phonePhoto, quarters } from '../support/photographs.ts';
import { inPieces, madeOf, request, resized } from './rendering.ts';

const engine = sharpEngine({ concurrency: 2 });
afterAll(async () => engine.close());

const upright = ['red', 'green', 'blue', 'white'];
const clear = { r: 0, g: 0, b: 0, alpha: 0 };
const solid = (width: number, height: number, background: Color) =>
  sharp({ create: { width, height, channels: 4, background } });

describe('of a photograph the engine makes images that', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stand upright from orientation %i', async (orientation) => {
    const [image] = await madeOf(await phonePhoto(orientation), engine, { width: 40 });

    expect(await coloursOf(image.bytes)).toEqual(upright);
    expect(image).toMatchObject({ width: 40, height: 30 });
  });

  it('do not tell where it was taken, and with what', async () => {
    const photo = await phonePhoto(6);

    const images = await madeOf(photo, engine, { type: 'image/jpeg' }, { type: 'image/avif' });

    const [before, ...after] = await Promise.all(
      [photo, ...images.map(({ bytes }) => bytes)].map((bytes) => sharp(bytes).metadata()),
    );
    expect(before?.exif).toBeDefined();
    expect(after.map(({ exif, icc, xmp }) => exif ?? icc ?? xmp)).toEqual([undefined, undefined]);
  });

  it('have the placeholder beside them that thumbhash makes', async () => {
    const asked = request({ resizes: [], placeholder: true });

    const { placeholder } = await engine.render(inPieces(await phonePhoto(3)), asked);

    const { r, g, b, a } = thumbHashToAverageRGBA(Buffer.from(placeholder ?? '', 'base64'));
    expect([r, g, b, a].map((part) => Math.round(part * 10) / 10)).toEqual([0.5, 0.5, 0.5, 1]);
  });

  it('are of the type that is asked for', async () => {
    const types = ['image/webp', 'image/avif', 'image/jpeg', 'image/png'] as const;

    const images = await madeOf(await phonePhoto(1), engine, ...types.map((type) => ({ type })));

    const found = await Promise.all(images.map(({ bytes }) => detectType({ head: bytes })));
    expect(found).toEqual(types);
  });

  it('are the smaller, the less quality is asked for', async () => {
    const [small, large] = await madeOf(
      await phonePhoto(1),
      engine,
      { type: 'image/jpeg', quality: 10 },
      { type: 'image/jpeg' },
    );

    expect(small.bytes.length).toBeLessThan(large!.bytes.length);
  });
});

describe('an image of 60 by 40 pixels becomes', () => {
  const rows = [
    ['cut to a square', { width: 20, height: 20, fit: 'cover' }, [20, 20]],
    ['cut to a square that it can fill', { width: 200, height: 200, fit: 'cover' }, [40, 40]],
    ['enlarged', { width: 200, height: 200, fit: 'cover', enlarge: true }, [200, 200]],
    ['whole in a box', { width: 20, height: 20, fit: 'contain' }, [20, 20]],
    ['stretched', { width: 20, height: 30, fit: 'fill' }, [20, 30]],
    ['stretched without being larger', { width: 120, height: 120, fit: 'fill' }, [40, 40]],
    ['as large as a box allows', { width: 20, height: 20, fit: 'inside' }, [20, 13]],
    ['as small as covers a box', { width: 20, height: 20, fit: 'outside' }, [30, 20]],
    ['of a height', { width: undefined, height: 10, fit: 'cover' }, [15, 10]],
    ['of a height, never distorted', { width: undefined, height: 10, fit: 'fill' }, [15, 10]],
    ['of its own width at most', { width: 100, fit: 'inside' }, [60, 40]],
  ] as const;
  const images = solid(60, 40, 'red')
    .png()
    .toBuffer()
    .then(async (bytes) => madeOf(bytes, engine, ...rows.map(([, resize]) => resize)));

  it.each(rows.map(([title, asked, size], index) => ({ title, asked, size, index })))(
    'one $title, whose width is known before',
    async ({ asked, size: [width, height], index }) => {
      const resize = resized(asked);
      const definition = { type: resize.type, resize, fingerprint: '' };

      expect((await images)[index]).toMatchObject({ width, height });
      expect(expectedWidth(definition, { width: 60, height: 40 })).toBe(width);
    },
  );
});

describe('the pixels of what the engine makes', () => {
  it('are white in JPEG where they were transparent, or as asked for', async () => {
    const glass = await solid(8, 8, clear).png().toBuffer();
    const images = await madeOf(
      glass,
      engine,
      { type: 'image/jpeg' },
      { type: 'image/jpeg', background: '#00f' },
    );

    expect(await Promise.all(images.map(async ({ bytes }) => (await coloursOf(bytes))[0]))).toEqual(
      ['white', 'blue'],
    );
  });

  it('stay transparent, and are so where nothing of the image is', async () => {
    const glass = await solid(8, 4, '#f008').png().toBuffer();

    const [image] = await madeOf(glass, engine, { width: 8, height: 8, fit: 'contain' });

    const { data } = await sharp(image.bytes).raw().toBuffer({ resolveWithObject: true });
    expect([data[3], data[4 * 8 * 4 + 3]]).toEqual([0, 136]);
  });

  it.each([
    ['a JPEG in CMYK', async () => quarters().toColourspace('cmyk').jpeg().toBuffer()],
    ['a PNG of 16 bits', async () => quarters().toColourspace('rgb16').png().toBuffer()],
    ['a photograph in Display P3', async () => quarters().withIccProfile('p3').png().toBuffer()],
    ['an image in shades of grey', async () => quarters().greyscale().toFormat('png').toBuffer()],
  ])('are sRGB of 8 bits when they come from %s', async (_, make) => {
    const [image] = await madeOf(await make(), engine, {});

    const { space, depth, icc } = await sharp(image.bytes).metadata();
    expect({ space, depth, icc }).toEqual({ space: 'srgb', depth: 'uchar', icc: undefined });
  });

  it('are those of the first frame of an animation', async () => {
    const frames = await Promise.all(
      ['#f00', '#00f'].map(async (colour) => solid(8, 8, colour).png().toBuffer()),
    );
    const animation = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();

    const [image] = await madeOf(animation, engine, {});

    expect((await sharp(animation).metadata()).pages).toBe(2);
    expect(await coloursOf(image.bytes)).toEqual(['red', 'red', 'red', 'red']);
    expect(image).toMatchObject({ width: 8, height: 8 });
  });
});

describe('the engine itself', () => {
  it('makes twenty images when they are asked for at once', async () => {
    const photo = await phonePhoto(6);
    const all = Array.from({ length: 20 }, async (_, index) =>
      madeOf(photo, engine, { width: index + 1 }),
    );

    const widths = (await Promise.all(all)).map(([{ width }]) => width);

    expect(widths).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it.each([
    ['a type that it cannot make', { type: 'image/bmp' }, /cannot make image\/bmp/],
    ['a colour that is none', { background: 'blu' }, /Unable to parse color from string: blu/],
  ] as const)('does not blame the image for %s', async (_, resize, message) => {
    const making = madeOf(await phonePhoto(1), engine, resize);

    await expect(making).rejects.toThrow(StorageOptionsError);
    await expect(making).rejects.toThrow(message);
  });

  it('says where its program has to be found', () => {
    const start = () => sharpEngine({ child: new URL('missing.js', import.meta.url) });

    expect(start).toThrow(
      new StorageOptionsError(
        'Cannot use sharpEngine(): render-child.js is missing, leave @filefield/core out of the bundle or set child',
      ),
    );
  });
});
