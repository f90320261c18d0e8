import type { Resize } from './variant-definition.ts';

/** What is to be made of one image. */
export interface RenderRequest {
  readonly resizes: readonly Resize[];
  /** Whether the thumbhash is asked for too. */
  readonly placeholder: boolean;
  /** Most pixels, width times height, that may be decoded. */
  readonly maxPixels: number;
  readonly signal?: AbortSignal | undefined;
}

/** One image that was made. */
export interface RenderedImage {
  readonly bytes: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** What was made of an image. */
export interface RenderedImages {
  /** In the order of the `resizes`. */
  readonly images: readonly RenderedImage[];
  /** Thumbhash in Base64 where it was asked for. */
  readonly placeholder?: string | undefined;
}

/** Decodes and encodes images: `sharpEngine()`, or an application's own. */
export interface ImageEngine {
  /**
   * Afterwards everything is made, or nothing.
   *
   * @param source The original's bytes, read once.
   * @throws {@link FileValidationError} when the image is at fault: it cannot be decoded, or only with more pixels, time
   * or memory than is allowed. @throws {@link StorageOptionsError} when the engine cannot run at all. Errors of the
   * source pass through.
   */
  render(source: AsyncIterable<Uint8Array>, request: RenderRequest): Promise<RenderedImages>;
  /** Ends what waits for work. */
  close?(): Promise<void>;
}
