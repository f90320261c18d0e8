import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { bytes, png, u32 } from './image-bytes.ts';

// From left to right and from top to bottom.
const squares = ['#f00', '#0f0', '#00f', '#fff'];

/** A picture that tells which way up it is: red and green above blue and white. */
export function quarters(width = 80, height = 60): Sharp {
  const half = { width: width / 2, height: height / 2 };
  return sharp({ create: { width, height, channels: 3, background: '#fff' } }).composite(
    squares.map((background, index) => ({
      input: { create: { ...half, channels: 3, background } },
      left: (index % 2) * half.width,
      top: Math.floor(index / 2) * half.height,
    })),
  );
}

// What a camera that was held so does to a picture, in two steps as sharp's order of steps is its own.
const held: Readonly<Record<number, (one: Sharp) => [Sharp, ((two: Sharp) => Sharp)?]>> = {
  1: (one) => [one],
  2: (one) => [one.flop()],
  3: (one) => [one.rotate(180)],
  4: (one) => [one.flip()],
  5: (one) => [one.rotate(90), (two) => two.flop()],
  6: (one) => [one.rotate(270)],
  7: (one) => [one.rotate(90), (two) => two.flip()],
  8: (one) => [one.rotate(90)],
};

/** A JPEG as a telephone writes it: its EXIF block says how it is to be turned, and where it was taken. */
export async function phonePhoto(
  orientation: number,
  picture: Sharp = quarters(),
): Promise<Buffer> {
  const [one, next] = held[orientation]!(sharp(await picture.png().toBuffer()));
  const turned = sharp(await one.png().toBuffer());
  return (next?.(turned) ?? turned)
    .withExif({ IFD0: { Make: 'Example Phone' }, IFD3: { GPSLatitude: '48/1 12/1 30/1' } })
    .withMetadata({ orientation })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** The names of the colours in the middle of an image's quarters. */
export async function coloursOf(image: Uint8Array): Promise<string[]> {
  const { data, info } = await sharp(image)
    .removeAlpha()
    .resize(4, 4, { fit: 'fill', kernel: 'nearest' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [0, 3, 12, 15].map((pixel) => {
    const [r, g, b] = data.subarray(pixel * info.channels) as unknown as [number, number, number];
    if (r > 128 && g > 128 && b > 128) return 'white';
    return r > 128 ? 'red' : g > 128 ? 'green' : b > 128 ? 'blue' : 'black';
  });
}

/** A PNG that claims a size, with the checksums that a decoder wants before it believes a header. */
export function claimingPng(width: number, height: number): Buffer {
  const image = png({ width, height });
  const header = image.subarray(12, 29);
  return bytes(image.subarray(0, 29), u32(crc32(header)), image.subarray(33));
}
