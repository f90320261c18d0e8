import type { FileRow, VariantDefinition } from '@filefield/core';
import { variantFile } from '@filefield/core/binding';
import type { ImageSettings } from '../field/image-field-options.ts';

/** A variant that a row does not list yet. */
export interface WantedVariant {
  readonly variant: string;
  readonly definition: VariantDefinition;
  /** Last part of its object's name. */
  readonly file: string;
}

/** What a row lacks, and what it lists that nobody asks for any more. */
export interface WantedVariants {
  readonly missing: readonly WantedVariant[];
  /** Whether the placeholder is missing. */
  readonly placeholder: boolean;
  /** Variants that are not declared any more, or whose definition was another one. */
  readonly stale: readonly string[];
  /** The file of each variant as it is declared now. */
  readonly current: Readonly<Record<string, string>>;
}

/** What an image field makes by itself. */
export type MadeImages = Pick<ImageSettings, 'variants' | 'placeholder'>;

/**
 * Compares a row with the definitions of its field. What a row does not own is not to be listed, and an SVG scales by
 * itself: both lack nothing.
 *
 * @param only The one variant that is asked for. Default: all, and the placeholder.
 */
export function wantedVariants(image: MadeImages, row: FileRow, only?: string): WantedVariants {
  const current = isRendered(row) ? currentFiles(image, row) : {};
  const listed = listedFiles(row);
  const missing = Object.entries(current).flatMap(([variant, file]) => {
    const definition = image.variants[variant];
    const isAsked = only === undefined || only === variant;
    const isMissing = isAsked && row.owned !== false && listed.get(variant) !== file;
    return isMissing && definition !== undefined ? [{ variant, definition, file }] : [];
  });
  const isBlurred = only === undefined && image.placeholder && row.owned !== false;
  return {
    missing,
    placeholder: isBlurred && isRendered(row) && row.placeholder === undefined,
    stale: [...listed].flatMap(([key, name]) =>
      (ownValue(current, key) ?? null) === name ? [] : [key],
    ),
    current,
  };
}

/** Whether there is nothing to do. */
export function isComplete({ missing, placeholder, stale }: WantedVariants): boolean {
  return missing.length === 0 && stale.length === 0 && !placeholder;
}

/** Whether an engine may be asked for it at all. */
export function isRendered({ type }: Pick<FileRow, 'type'>): boolean {
  return type !== 'image/svg+xml';
}

/** Whether the library makes anything of the field's images. */
export function makesImages({ variants, placeholder }: MadeImages): boolean {
  return placeholder || Object.keys(variants).length > 0;
}

/** Whether it takes an engine. */
export function needsEngine({ variants, placeholder }: MadeImages): boolean {
  return placeholder || Object.values(variants).some(({ resize }) => resize !== undefined);
}

/** Raw SQL may have written anything; what is no variant is listed under its key all the same, and goes. */
function listedFiles({ variants }: FileRow): Map<string, unknown> {
  const entries: [string, unknown][] = Object.entries(Object(variants));
  return new Map(entries.map(([key, entry]) => [key, (Object(entry) as { name?: unknown }).name]));
}

function currentFiles({ variants }: MadeImages, row: FileRow): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variants).map(([variant, definition]) => [
      variant,
      variantFile(variant, definition, row),
    ]),
  );
}

function ownValue(files: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(files, key) ? files[key] : undefined;
}
