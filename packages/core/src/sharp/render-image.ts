import pLimit from 'p-limit';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { fitOf } from '../variant/fit-of.ts';
import type { Resize } from '../variant/variant-definition.ts';
import { outputFormats } from './output-formats.ts';
import type { RenderJob, RenderMessage } from './render-message.ts';

// One original for each process: nothing is used again, and other originals have the other cores.
sharp.cache(false);
sharp.concurrency(1);
// Programs that read SVG, PDF, other formats of documents, and files are out of reach.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map(
    (format) => `VipsForeignLoad${format}Buffer`,
  ),
});

// Images up to here are made side by side; of larger ones each takes memory that the others would want.
const smallPixels = 25_000_000;

/** What is said of a job, and the bytes of its images. */
export interface RenderedJob {
  readonly message: RenderMessage;
  readonly bytes: readonly Uint8Array[];
}

/** An original's size, turned upright. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Carries out a job; whatever is wrong with the image is part of the answer. */
export async function renderImage(bytes: Uint8Array, job: RenderJob): Promise<RenderedJob> {
  try {
    const { width, height, autoOrient } = await sharp(bytes, reading(false)).metadata();
    if (width * height > job.maxPixels) return failed({ kind: 'pixels', pixels: width * height });
    const limit = pLimit(width * height > smallPixels ? 1 : 4);
    const input = reading(job.maxPixels);
    const planned = planImages(job, autoOrient, () => sharp(bytes, input));
    if ('reason' in planned) return failed({ kind: 'unusable', reason: planned.reason });
    const [images, placeholder] = await Promise.all([
      limit.map(planned, async (image) => image.toBuffer({ resolveWithObject: true })),
      job.placeholder ? limit(async () => thumbhash(sharp(bytes, input))) : undefined,
    ]);
    const made = images.map(({ data, info }) => ({
      width: info.width,
      height: info.height,
      size: data.length,
    }));
    return {
      message: { kind: 'made', images: made, placeholder },
      bytes: images.map(({ data }) => data),
    };
  } catch (error) {
    return failed(undecodable(error));
  }
}

function failed(message: RenderMessage): RenderedJob {
  return { message, bytes: [] };
}

function undecodable(error: unknown): RenderMessage {
  const text = error instanceof Error ? error.message : String(error);
  if (/out of memory|unable to malloc/i.test(text)) return { kind: 'memory' };
  return { kind: 'undecodable', reason: (text.split('\n', 1)[0] ?? '').slice(0, 200) };
}

/** Only the first frame, upright, and nothing that is damaged. */
function reading(limitInputPixels: number | false): SharpOptions {
  return { limitInputPixels, failOn: 'error', autoOrient: true, sequentialRead: true };
}

/** Nothing is decoded yet: what is thrown here, the application has asked wrongly. */
function planImages(
  { resizes }: RenderJob,
  size: Size,
  open: () => Sharp,
): Sharp[] | { readonly reason: string } {
  try {
    return resizes.map((resize) => resized(open(), resize, size));
  } catch (error) {
    return { reason: String(error) };
  }
}

function resized(image: Sharp, resize: Resize, size: Size): Sharp {
  const { type, quality, background } = resize;
  const format = outputFormats[type];
  if (format === undefined) throw new TypeError(`sharpEngine() cannot make ${type}`);
  const filled = background ?? (format === 'jpeg' ? '#fff' : { r: 0, g: 0, b: 0, alpha: 0 });
  const made = image
    .resize({
      ...box(resize, size),
      fit: fitOf(resize),
      background: filled,
      withoutEnlargement: !resize.enlarge,
    })
    .toColourspace('srgb')
    .toFormat(format, quality === undefined || format === 'png' ? {} : { quality });
  return format === 'jpeg' ? made.flatten({ background: filled }) : made;
}

/** The box as it was asked for; where a small image would not fill it, one of the same shape that it does fill. */
function box({ width, height, fit, enlarge }: Resize, size: Size): Partial<Size> {
  const isFilled = fit === 'cover' || fit === 'fill';
  if (width === undefined || height === undefined || enlarge || !isFilled) {
    return { ...(width && { width }), ...(height && { height }) };
  }
  const scale = Math.min(1, size.width / width, size.height / height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

async function thumbhash(image: Sharp): Promise<string> {
  const { data, info } = await image
    .resize({ width: 100, height: 100, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}
