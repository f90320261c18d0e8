import type { FileIssue } from '../errors.ts';
import type { ByteWatch } from '../metered-reader.ts';
import { bmpSteps } from './bmp-steps.ts';
import { BrokenImage, ByteWalk, latin1, type ByteSteps } from './byte-steps.ts';
import { gifSteps } from './gif-steps.ts';
import { heifSteps } from './heif-steps.ts';
import { ImageFindings } from './image-findings.ts';
import {
  brokenIssue,
  framesIssue,
  markupIssue,
  pixelsIssue,
  trailingIssue,
} from './image-issues.ts';
import type { ImageLimits } from './image-rules.ts';
import { jpegSteps } from './jpeg-steps.ts';
import { hasMarkup, markupReach } from './markup-in-image.ts';
import { pngSteps } from './png-steps.ts';
import { tiffSteps } from './tiff-steps.ts';
import { webpSteps } from './webp-steps.ts';
import { ZipTail } from './zip-tail.ts';

const formats: ReadonlyMap<string, (found: ImageFindings) => ByteSteps> = new Map([
  ['image/png', pngSteps],
  ['image/apng', pngSteps],
  ['image/jpeg', jpegSteps],
  ['image/gif', gifSteps],
  ['image/webp', webpSteps],
  ['image/bmp', bmpSteps],
  ['image/tiff', tiffSteps],
  ['image/avif', heifSteps],
  ['image/heic', heifSteps],
  ['image/heif', heifSteps],
  ['image/heic-sequence', heifSteps],
  ['image/heif-sequence', heifSteps],
]);

/** Whether the structure of such images is known. */
export function isMeasurable(type: string): boolean {
  return formats.has(type);
}

/** How large an image is shown, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Follows the structure of an image while its bytes pass: measures it wherever its header lies, and tells what is wrong
 * with it as soon as that is seen. Holds less than 0.5 MB, however long the image is.
 */
export class ImageInspection implements ByteWatch {
  readonly #found = new ImageFindings();
  readonly #limits: ImageLimits;
  readonly #type: string;
  readonly #told = new Set<string>();
  readonly #zip = new ZipTail();
  #walk: ByteWalk | undefined;
  #text = '';
  #broken: string | undefined;
  /** The first bytes after the image, padding left out. */
  #trail = new Uint8Array();
  #isTrailKnown = false;

  /** @param type One that {@link isMeasurable}. */
  constructor(type: string, limits: ImageLimits) {
    this.#type = type;
    this.#limits = limits;
    this.#begin(this.#found);
  }

  /** Pixels; turned upright where the limits say so. `undefined` before the header has passed, and where there is none. */
  get size(): ImageSize | undefined {
    const { width, height, orientation } = this.#found;
    if (!width || !height) return undefined;
    const isTurned = this.#limits.applyOrientation && orientation >= 5 && orientation <= 8;
    return isTurned ? { width: height, height: width } : { width, height };
  }

  pass(chunk: Uint8Array): FileIssue[] {
    if (this.#walk === undefined) return [];
    this.#zip.pass(chunk);
    try {
      this.#follow(chunk);
    } catch (error) {
      if (!(error instanceof BrokenImage)) throw error;
      this.#broken ??= error.message;
    }
    return this.#fresh([...this.#limitIssues(), ...this.#brokenIssues()]);
  }

  end(): FileIssue[] {
    if (this.#walk === undefined) return [];
    if (!this.#walk.mayEnd && this.#broken === undefined) this.#broken = 'it ends too early';
    return this.#fresh([
      ...this.#limitIssues(),
      ...this.#brokenIssues(),
      ...(this.#zip.isZip ? [trailingIssue('a zip archive')] : []),
      ...(this.#trail.byteLength > 0 && !this.#isTrailKnown && !this.#zip.endsIn('SEFT')
        ? [trailingIssue('other data')]
        : []),
    ]);
  }

  #begin(found: ImageFindings): void {
    const steps = formats.get(this.#type)?.(found);
    if (steps !== undefined) this.#walk = new ByteWalk(steps, (bytes) => this.#read(bytes));
  }

  #follow(chunk: Uint8Array): void {
    if (this.#broken !== undefined || this.#walk === undefined) return;
    const rest = this.#walk.push(chunk);
    if (rest.byteLength === 0 || this.#type === 'image/tiff') return;
    this.#read(rest);
    this.#trailing(rest);
  }

  /** Cameras append previews, maps of brightness and short films to their JPEGs, all of which begin recognisably. */
  #trailing(bytes: Uint8Array): void {
    if (this.#isTrailKnown) return;
    const isPadding = this.#trail.byteLength === 0;
    const start = isPadding ? bytes.findIndex((byte) => byte !== 0) : 0;
    if (start === -1) return;
    // The length of an MP4's first box begins with zeros, which look like padding.
    const more = bytes.subarray(start, start + trailBytes - this.#trail.byteLength);
    this.#trail = new Uint8Array(Buffer.concat([this.#trail, more]));
    if (this.#type !== 'image/jpeg') return;
    const isFilm = /^.{0,4}ftyp/s.test(latin1(this.#trail));
    const isImage = this.#trail[0] === 0xff && this.#trail[1] === 0xd8 && this.#trail[2] === 0xff;
    this.#isTrailKnown = isFilm || isImage;
  }

  #read(bytes: Uint8Array): void {
    const text = this.#text + latin1(bytes);
    if (hasMarkup(text)) this.#told.add('markup');
    this.#text = text.slice(-markupReach);
  }

  #limitIssues(): FileIssue[] {
    const { pixels, frames } = this.#found;
    const { maxPixels, maxFrames } = this.#limits;
    return [
      ...(pixels > maxPixels ? [pixelsIssue(maxPixels, pixels)] : []),
      ...(frames > maxFrames ? [framesIssue(maxFrames, frames)] : []),
      ...(this.#told.has('markup') ? [markupIssue()] : []),
    ];
  }

  #brokenIssues(): FileIssue[] {
    const { width, height } = this.#found;
    if (this.#broken !== undefined) return [brokenIssue(this.#broken)];
    return width === 0 || height === 0 ? [brokenIssue('it has no pixels')] : [];
  }

  /** Each kind of issue is told once. */
  #fresh(issues: readonly FileIssue[]): FileIssue[] {
    return issues.filter(({ validator }) => {
      const isFresh = !this.#told.has(validator);
      this.#told.add(validator);
      return isFresh;
    });
  }
}

const trailBytes = 12;
