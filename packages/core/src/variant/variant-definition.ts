/** Media types that can be made of an image. */
export type VariantType =
  | 'image/webp'
  | 'image/avif'
  | 'image/jpeg'
  | 'image/png'
  | (`image/${string}` & {});

/** How an image is brought into a box, in the words of CSS `object-fit`; `outside` covers the box and is not cut. */
export type ImageFit = 'cover' | 'contain' | 'fill' | 'inside' | 'outside';

/** A resizing as data: what an engine carries out and a transformer writes into a URL. */
export interface Resize {
  /** Pixels; missing where only the height is given. */
  readonly width?: number | undefined;
  /** Pixels; missing where only the width is given. */
  readonly height?: number | undefined;
  readonly fit: ImageFit;
  readonly type: VariantType;
  /** 1 to 100, of types that lose detail. Default: the engine's. */
  readonly quality?: number | undefined;
  /** Of what `contain` leaves free and of what was transparent in a type without transparency, such as `#fff`. Default: transparent, white. */
  readonly background?: string | undefined;
  /** Whether a small image is made larger. */
  readonly enlarge: boolean;
}

/** What a function of the application makes of an image. */
export interface MadeVariant {
  readonly bytes: Uint8Array;
  /** Pixels. */
  readonly width?: number | undefined;
  /** Pixels. */
  readonly height?: number | undefined;
}

/**
 * A function of the application that makes a variant; it runs in the application's own process.
 *
 * @param source The original's bytes.
 */
export type VariantFunction = (
  source: AsyncIterable<Uint8Array>,
  context: { readonly signal: AbortSignal },
) => Promise<MadeVariant>;

/** A variant of an image as a field declares it; made by `resize()` and `variant()`. */
export interface VariantDefinition {
  /** Media type of what is made. */
  readonly type: VariantType;
  /** What an engine does; missing where the application's own function does it. */
  readonly resize?: Resize | undefined;
  readonly make?: VariantFunction | undefined;
  /** Tells this definition from every other: part of the names of the objects that it makes. */
  readonly fingerprint: string;
  /** Pixels, as far as the definition tells. */
  readonly width?: number | undefined;
}

/** The variants of a field by their names. */
export type VariantDefinitions = Readonly<Record<string, VariantDefinition>>;
