import { assertSiteUrl } from '../../file-system/disk-url.ts';
import type { ImageTransformer } from '../image-transformer.ts';
import type { ImageFit, Resize } from '../variant-definition.ts';
import { fillColor } from './fill-color.ts';
import { fitOf } from '../fit-of.ts';
import { assertFunction, publicSource, type TransformSource } from './transform-source.ts';

/** Options of {@link cloudflareImages}. */
export interface CloudflareImagesOptions {
  /** The zone: `https://example.com/`, or `/` for the site's own. */
  readonly url: string;
  /**
   * Where Cloudflare finds the original: a URL, or a path of the zone, percent-encoded. Default: the URL of public files;
   * private files have none, as the URLs of variants neither are signed nor end.
   */
  readonly source?: TransformSource | undefined;
}

/**
 * Variants made by [Cloudflare Images](https://developers.cloudflare.com/images/): WebP, AVIF and JPEG, every fit but
 * `outside` with both sides. With `contain` and `fill` small images are made larger. It offers no downloads.
 *
 * @throws {@link StorageOptionsError} for options with which no URL could work.
 */
export function cloudflareImages({
  url,
  source = publicSource,
}: CloudflareImagesOptions): ImageTransformer {
  assertSiteUrl('url', url);
  assertFunction('cloudflareImages', 'source', source);
  const base = url.endsWith('/') ? url.slice(0, -1) : url;
  return {
    url(request) {
      const { resize } = request.definition;
      const asked = resize && optionsOf(resize);
      if (asked === undefined || isDownload(request.options.download)) return undefined;
      const original = source(request);
      if (original === undefined || original === '') return undefined;
      return `${base}/cdn-cgi/image/${asked}/${original.replace(/^\/+/, '')}`;
    },
  };
}

const formats: Readonly<Record<string, string | undefined>> = {
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/jpeg': 'jpeg',
};

/** Each fit for small images that stay small, and for those that are made larger. */
const fits: Readonly<Record<ImageFit, readonly [kept: string, enlarged: string] | undefined>> = {
  cover: ['aspect-crop', 'cover'],
  contain: ['pad', 'pad'],
  fill: ['squeeze', 'squeeze'],
  inside: ['scale-down', 'contain'],
  outside: undefined,
};

function optionsOf(resize: Resize): string | undefined {
  const { width, height, type, quality, enlarge } = resize;
  const format = formats[type];
  const fit = fits[fitOf(resize)]?.[enlarge ? 1 : 0];
  if (format === undefined || fit === undefined) return undefined;
  const color = fillColor(resize);
  return [
    ...(width === undefined ? [] : [`width=${width}`]),
    ...(height === undefined ? [] : [`height=${height}`]),
    `fit=${fit}`,
    ...(quality === undefined ? [] : [`quality=${quality}`]),
    ...(color === undefined ? [] : [`background=%23${color}`]),
    ...(color === undefined && fit === 'pad' ? ['background=transparent'] : []),
    `format=${format}`,
    'anim=false',
  ].join(',');
}

function isDownload(download: boolean | string | undefined): boolean {
  return download !== undefined && download !== false;
}
