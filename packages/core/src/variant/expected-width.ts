import type { FileRow } from '../file-row.ts';
import type { VariantDefinition } from './variant-definition.ts';

/**
 * How wide a variant will be, as far as its definition and the size of its original tell. An original that is turned
 * upright by its EXIF block is taken as it lies, unless its field applies the orientation.
 */
export function expectedWidth(
  { resize, width: told }: VariantDefinition,
  original: Pick<FileRow, 'width' | 'height'>,
): number | undefined {
  if (resize === undefined) return told;
  const { width, height, fit, enlarge } = resize;
  const [from, tall] = [original.width ?? NaN, original.height ?? NaN];
  const isWhole = width !== undefined && height !== undefined && isBox.has(fit);
  if (isWhole) {
    const isSmaller = !enlarge && fit !== 'contain' && from < width;
    return isSmaller ? from : width;
  }
  const scales = [(width ?? NaN) / from, (height ?? NaN) / tall].filter((it) =>
    Number.isFinite(it),
  );
  if (scales.length === 0 || !(from > 0)) return width;
  const scale = fit === 'outside' ? Math.max(...scales) : Math.min(...scales);
  return Math.max(1, Math.round(from * (enlarge ? scale : Math.min(scale, 1))));
}

/** Fits whose result is the box itself. */
const isBox: ReadonlySet<string> = new Set(['cover', 'contain', 'fill']);
