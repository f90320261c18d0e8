import { StorageOptionsError, type FileFieldError } from '../errors.ts';
import { pixelsIssue } from '../image/image-issues.ts';
import type { RenderedImages } from '../variant/image-engine.ts';
import type { ChildAnswer } from './child-answer.ts';
import { memoryIssue, refusedImage, undecodableIssue } from './render-issues.ts';

/** What the image was held to. */
export interface DecodingLimits {
  readonly maxPixels: number;
  /** Bytes. */
  readonly memory: number;
}

/** What an answer holds; throws what it says. */
export function renderedImages(
  { message, output }: ChildAnswer,
  limits: DecodingLimits,
): RenderedImages {
  if (message.kind !== 'made') throw failure(message, limits);
  let start = 0;
  const images = message.images.map(({ width, height, size }) => {
    const bytes = output.subarray(start, (start += size));
    return { bytes, width, height };
  });
  return { images, placeholder: message.placeholder };
}

function failure(
  message: Exclude<ChildAnswer['message'], { readonly kind: 'made' }>,
  { maxPixels, memory }: DecodingLimits,
): FileFieldError {
  if (message.kind === 'pixels') return refusedImage(pixelsIssue(maxPixels, message.pixels));
  if (message.kind === 'memory') return refusedImage(memoryIssue(memory));
  if (message.kind === 'undecodable') return refusedImage(undecodableIssue(message.reason));
  return new StorageOptionsError(`Cannot run sharpEngine(): ${message.reason}`);
}
