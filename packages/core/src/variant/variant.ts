import { wholePixels } from './whole-pixels.ts';
import type { VariantDefinition, VariantFunction, VariantType } from './variant-definition.ts';

/** Options of {@link variant}. */
export interface VariantOptions {
  /** Media type of what the function makes. */
  readonly type: VariantType;
  /** Changes whenever the function would make something else: only then are its variants made again. */
  readonly version: number | string;
  /** Pixels, where it is known before: what `srcset()` tells until the variant is there. */
  readonly width?: number | undefined;
}

/**
 * A variant that a function of the application makes, such as the cover of a PDF or a watermark. It runs in the
 * application's own process: what it does to a hostile image is its own to bound.
 *
 * @throws TypeError when there is no function, no image type or no version, or when the width is none.
 */
export function variant(
  make: VariantFunction,
  { type, version, width }: VariantOptions,
): VariantDefinition {
  const isVersion = typeof version === 'number' ? Number.isFinite(version) : version !== '';
  // An SVG is a document, and may run scripts.
  const isImage = /^image\/(?!svg)[\w.+-]+$/.test(type);
  if (typeof make !== 'function' || !isImage || !isVersion) {
    throw new TypeError(
      'Cannot declare a variant: a function, the type of an image of pixels and a version are wanted',
    );
  }
  if (width !== undefined && wholePixels(width) === undefined) {
    throw new TypeError(`Cannot declare a variant: width ${width} is not a whole number from 1`);
  }
  return { type, make, fingerprint: JSON.stringify(['function', 1, version, type]), width };
}
