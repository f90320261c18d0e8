import type { ImageEngine, ImageTransformer } from '@filefield/core';

/** How variants of images are made and found: the option `variants` of {@link fileFields}. */
export interface VariantsOptions {
  /**
   * What decodes and encodes images: `sharpEngine()`. Default: none; this process then makes no `resize()` and no
   * placeholder, and leaves them to others.
   */
  readonly engine?: ImageEngine | undefined;
  /**
   * Where the application serves variants that are not there yet, with `variantHandler()`: `https://app/variants/`. Needs
   * `keys`. Default: until a variant is there, its URL is the original's.
   */
  readonly baseUrl?: string | undefined;
  /** Seconds until a URL below {@link baseUrl} ends, at least. Default 3,600. */
  readonly urlExpiresIn?: number | undefined;
  /** Originals of which this process makes variants at once in the background. Default 1. */
  readonly concurrency?: number | undefined;
  /** A service that makes every `resize()` by itself, such as imgproxy: they are not stored then. Default: none. */
  readonly transformer?: ImageTransformer | undefined;
}
