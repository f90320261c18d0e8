import type { ImageEngine, RenderedImage, RenderRequest, Resize } from '@filefield/core/sharp';

/** A resizing that differs from an ordinary one only in this. */
export function resized(differing: Partial<Resize> = {}): Resize {
  return { fit: 'inside', type: 'image/png', enlarge: false, width: 80, ...differing };
}

/** A request that differs from an ordinary one only in this. */
export function request(differing: Partial<RenderRequest> = {}): RenderRequest {
  return { resizes: [resized()], placeholder: false, maxPixels: 100_000_000, ...differing };
}

/** Bytes as they come out of a storage. */
export async function* inPieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

/** What an engine makes of an image. */
export async function madeOf(
  bytes: Uint8Array,
  engine: ImageEngine,
  ...resizes: readonly Partial<Resize>[]
): Promise<[RenderedImage, ...RenderedImage[]]> {
  const asked = request({ resizes: resizes.map(resized) });
  const { images } = await engine.render(inPieces(bytes), asked);
  return images as unknown as [RenderedImage, ...RenderedImage[]];
}
