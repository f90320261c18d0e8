import { srcset, type FieldFile } from '@filefield/core';
import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** How an image is shown. */
export interface PictureOptions {
  /** Its variants, from the smallest to the largest. */
  readonly variants: readonly [string, ...string[]];
  /** As wide as it will be, in the words of the attribute `sizes`. */
  readonly sizes: string;
  /** What it shows, for those who do not see it; empty where a text beside it says so. */
  readonly alt: string;
  /** Pixels of the page; what decides is their ratio. */
  readonly width: number;
  readonly height: number;
}

// #region picture
/** An image in the size that the browser wants; until it is there, a blurred one that came with the page. */
export function picture(file: FieldFile, options: PictureOptions): Html {
  const { variants, sizes, alt, width, height } = options;
  return html`<span class="picture">
    ${file.placeholderUrl && html`<img class="blurred" src="${file.placeholderUrl}" alt="" />`}
    <img
      class="shown"
      src="${file.getUrl({ variant: variants[0] })}"
      srcset="${srcset(file, variants)}"
      sizes="${sizes}"
      width="${width}"
      height="${height}"
      alt="${alt}"
      loading="lazy"
      decoding="async"
    />
  </span>`;
}
// #endregion
