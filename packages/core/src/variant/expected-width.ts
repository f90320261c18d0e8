import type { FileRow } from '../file-row.ts';
import { fitOf } from './fit-of.ts';
import type { VariantDefinition } from './variant-definition.ts';
import { wholePixels } from './whole-pixels.ts';

/**
 * How wide a variant will be, as far as its definition and the size of its original tell. An original that is turned
 * upright by its EXIF block is taken as it lies, unless its field applies the orientation.
 */
export function expectedWidth(
  { resize, width: told }: VariantDefinition,
  original: Pick<FileRow, 'width' | 'height'>,
): number | undefined {
  if (resize === undefined) return told;
  const { width, height, enlarge } = resize;
  const fit = fitOf(resize);
  const isFilled = fit === 'cover' || fit === 'fill';
  if (fit === 'contain') return width;
  const [from, tall] = [wholePixels(original.width) ?? NaN, wholePixels(original.height) ?? NaN];
  if (isFilled && width !== undefined && height !== undefined) {
    // A small image makes a box of the same shape that it does fill.
    const scale = enlarge ? 1 : Math.min(1, ...known([from / width, tall / height]));
    return Math.max(1, Math.round(width * scale));
  }
  const scales = known([(width ?? NaN) / from, (height ?? NaN) / tall]);
  if (scales.length === 0 || Number.isNaN(from)) return width;
  const scale = fit === 'outside' ? Math.max(...scales) : Math.min(...scales);
  return Math.max(1, Math.round(from * (enlarge ? scale : Math.min(scale, 1))));
}

function known(numbers: readonly number[]): number[] {
  return numbers.filter((number) => !Number.isNaN(number));
}
