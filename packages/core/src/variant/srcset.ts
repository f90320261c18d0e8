import { fileBinding, type FieldFile } from '../field-file.ts';
import type { FileUrlOptions } from '../file-storage.ts';
import { variantUrl } from './variant-url.ts';

/**
 * The value of an image's `srcset`: the URLs of variants, each with its width, made without a request. A variant whose width
 * nobody knows, or that is as wide as one before it, is left out; nothing is left where none is known.
 *
 * @param variants Names that the field declares.
 * @throws {@link PendingFileError} before the flush. @throws {@link UnsupportedOperationError} for a variant that the field
 * does not declare.
 *
 * @example
 * ```ts
 * `<img src="${user.avatar.getUrl({ variant: 'small' })}" srcset="${srcset(user.avatar, ['small', 'large'])}" sizes="4rem">`
 * ```
 */
export function srcset(
  file: FieldFile,
  variants: readonly string[],
  options: Omit<FileUrlOptions, 'variant'> = {},
): string {
  const source = fileBinding.variantSource(file);
  const byWidth = new Map<number, string>();
  for (const variant of variants) {
    const { url, width } = variantUrl(source, variant, options);
    if (width !== undefined && !byWidth.has(width)) byWidth.set(width, url);
  }
  return [...byWidth].map(([width, url]) => `${candidate(url)} ${width}w`).join(', ');
}

/** A URL between the spaces and commas of the list (HTML, "Parsing a srcset attribute"). */
function candidate(url: string): string {
  return url
    .replaceAll(/\s/g, encodeURIComponent)
    .replaceAll(/^,+|,+$/g, (commas) => '%2C'.repeat(commas.length));
}
