import type { ImageFit, Resize } from './variant-definition.ts';

/** How an image is brought into its box: where one side is not given there is nothing to cut, to fill or to distort. */
export function fitOf({ width, height, fit }: Resize): ImageFit {
  return width === undefined || height === undefined ? 'inside' : fit;
}
