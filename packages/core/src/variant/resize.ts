import type { ImageFit, VariantDefinition, VariantType } from './variant-definition.ts';

/** Types that engines write. */
export type ResizeType = 'image/webp' | 'image/avif' | 'image/jpeg' | 'image/png';

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** Default `image/webp`. */
  readonly type?: ResizeType | undefined;
  /** 1 to 100, of types that lose detail. Default: the engine's. */
  readonly quality?: number | undefined;
  /** Hexadecimal, such as `#fff`: of what `contain` leaves free, and behind what is transparent in JPEG. Default: transparent; white in JPEG. */
  readonly background?: string | undefined;
  /** Whether small images are made larger. Default `false`. */
  readonly enlarge?: boolean | undefined;
}

/** Most pixels of a side: what WebP can hold. */
const longestSide = 16_383;

const fits: readonly string[] = ['cover', 'contain', 'fill', 'inside', 'outside'];
const types: readonly string[] = ['image/webp', 'image/avif', 'image/jpeg', 'image/png'];

/**
 * A variant that is a resized image, whoever makes it: `resize(200, 200)`, `resize(640)` or `resize(undefined, 200)`,
 * where the other side follows.
 *
 * @param width Pixels. @param height Pixels. @param fit As in CSS `object-fit`. Default `cover`: cut to fill the box.
 * @throws RangeError for what no engine could make.
 */
export function resize(
  width: number | undefined,
  height?: number,
  fit: ImageFit = 'cover',
  { type = 'image/webp', quality, background, enlarge = false }: ResizeOptions = {},
): VariantDefinition {
  if (width === undefined && height === undefined)
    throw cannot('neither width nor height is given');
  assertWhole('width', width, longestSide);
  assertWhole('height', height, longestSide);
  assertWhole('quality', quality, 100);
  assertKnown('fit', fit, fits);
  assertKnown('type', type, types);
  if (background !== undefined && !/^#(?:[\da-f]{3}){1,2}$/i.test(background)) {
    throw cannot(
      `background ${JSON.stringify(background)} is no color such as "#fff" or "#ffffff"`,
    );
  }
  if (typeof enlarge !== 'boolean')
    throw cannot(`enlarge ${JSON.stringify(enlarge)} is not a boolean`);
  const definition = { width, height, fit, type, quality, background, enlarge };
  return {
    type,
    resize: definition,
    fingerprint: JSON.stringify([
      'resize',
      1,
      ...Object.values(definition).map((it) => it ?? null),
    ]),
    width,
  };
}

function assertWhole(option: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= most)) return;
  throw cannot(`${option} ${String(value)} is not a whole number from 1 to ${most}`);
}

function assertKnown(option: string, value: VariantType, known: readonly string[]): void;
function assertKnown(option: string, value: ImageFit, known: readonly string[]): void;
function assertKnown(option: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  const names = known.map((name) => JSON.stringify(name)).join(', ');
  throw cannot(`${option} ${JSON.stringify(value)} is not one of ${names}`);
}

function cannot(reason: string): RangeError {
  return new RangeError(`Cannot declare a variant: ${reason}`);
}
