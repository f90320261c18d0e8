import type { FileIssue } from '../errors.ts';

/** Says that a file is no image, or none that is known. */
export function notAnImageIssue(type: string): FileIssue {
  return {
    validator: 'image',
    message: `${type} is no image that is accepted here, choose a PNG, JPEG, GIF, WebP, AVIF, HEIC, BMP or TIFF`,
    received: type,
  };
}

/** Says that the bytes are another image than the name or the sender says. */
export function contradictionIssue(type: string, said: string): FileIssue {
  const message = `the file is ${type}, and not what ${said} stands for`;
  return { validator: 'imageType', message, expected: said, received: type };
}

/** Says that an image is not built, or does not end, as its format says. */
export function brokenIssue(reason: string): FileIssue {
  return { validator: 'imageData', message: `the image is damaged or incomplete: ${reason}` };
}

/** Says that an image would take too much memory to show. */
export function pixelsIssue(maxPixels: number, received: number): FileIssue {
  const message = `the image has ${megapixels(received)}, over the limit of ${megapixels(maxPixels)}`;
  return { validator: 'maxPixels', message, expected: maxPixels, received };
}

/** Says that an animation is too long. */
export function framesIssue(maxFrames: number, received: number): FileIssue {
  const limit =
    maxFrames === 1 ? 'no animation is accepted here' : `at most ${maxFrames} are accepted`;
  const message = `the image has more than ${maxFrames} ${maxFrames === 1 ? 'frame' : 'frames'}, ${limit}`;
  return { validator: 'maxFrames', message, expected: maxFrames, received };
}

/** Says that something else hides in an image. */
export function markupIssue(): FileIssue {
  return { validator: 'imageMarkup', message: 'the image holds a page, a script or a document' };
}

/** Says that something else follows an image. */
export function trailingIssue(what: string): FileIssue {
  return { validator: 'imageTrailer', message: `the image is followed by ${what}` };
}

function megapixels(pixels: number): string {
  if (pixels < 1_000_000) return `${pixels} pixels`;
  return `${Math.round(pixels / 100_000) / 10} megapixels`;
}
