import { StorageOptionsError } from '../../errors.ts';
import { assertLifetime, assertSiteUrl } from '../../file-system/disk-url.ts';
import type { ImageTransformer, TransformRequest } from '../image-transformer.ts';
import type { ImageFit, Resize } from '../variant-definition.ts';
import { fillColor } from './fill-color.ts';
import { fitOf } from '../fit-of.ts';
import { imgproxySignature } from './imgproxy-signature.ts';
import { transformEnd } from './transform-end.ts';
import { assertFunction, publicSource, type TransformSource } from './transform-source.ts';

/** Options of {@link imgproxy}. */
export interface ImgproxyOptions {
  /** Where imgproxy answers: `https://images.example.com/`. */
  readonly url: string;
  /** Hexadecimal, its `IMGPROXY_KEY`. Default: URLs are not signed, and there are none of private files. */
  readonly key?: string | undefined;
  /** Hexadecimal, its `IMGPROXY_SALT`. */
  readonly salt?: string | undefined;
  /** Bytes, its `IMGPROXY_SIGNATURE_SIZE`. Default 32, the whole signature. */
  readonly signatureSize?: number | undefined;
  /** Where imgproxy finds the original, such as `s3://bucket/name`. Default: the URL of public files; private files have none. */
  readonly source?: TransformSource | undefined;
  /** How the source is written: `base64` passes every proxy as it is, `plain` can be read. Default `base64`. */
  readonly encoding?: 'base64' | 'plain' | undefined;
  /** Seconds until the URL of a private file's variant ends, at least half of them are left; 1 to 604,800. Default 3,600. */
  readonly urlExpiresIn?: number | undefined;
}

/**
 * Variants made by [imgproxy](https://docs.imgproxy.net): every fit but `outside` with both sides. Of private files only
 * with a key and a `source`, and with an end.
 *
 * @throws {@link StorageOptionsError} for options with which no URL could work.
 */
export function imgproxy(options: ImgproxyOptions): ImageTransformer {
  const { url, key, salt, signatureSize = 32, source = publicSource } = options;
  const { encoding = 'base64', urlExpiresIn = 3600 } = options;
  assertSiteUrl('url', url);
  assertFunction('imgproxy', 'source', source);
  assertLifetime(urlExpiresIn);
  assertEncoding(encoding);
  const sign = imgproxySignature({ key, salt, size: signatureSize });
  const base = url.endsWith('/') ? url.slice(0, -1) : url;
  return {
    url(request) {
      const { resize } = request.definition;
      if (resize === undefined) return undefined;
      const [extension, type] = [extensions[resize.type], resizingType(resize)];
      if (extension === undefined || type === undefined) return undefined;
      const end = transformEnd(request, urlExpiresIn);
      if (end !== undefined && sign === undefined) return undefined;
      const original = source(request);
      if (original === undefined || !/^[a-z][\w+.-]*:\/\//i.test(original)) return undefined;
      const path = [
        '',
        ...processing(resize, type),
        ...(end === undefined ? [] : [`exp:${end}`]),
        ...attachment(request, extension),
        written(original, encoding, extension),
      ].join('/');
      return `${base}/${sign?.(path) ?? 'unsafe'}${path}`;
    },
  };
}

const extensions: Readonly<Record<string, string | undefined>> = {
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
};

const types: Readonly<Record<ImageFit, string | undefined>> = {
  cover: 'fill-down',
  contain: 'fit',
  fill: 'force',
  inside: 'fit',
  outside: undefined,
};

function resizingType(resize: Resize): string | undefined {
  const type = types[fitOf(resize)];
  return type === 'fill-down' && resize.enlarge ? 'fill' : type;
}

function processing(resize: Resize, resizing: string): string[] {
  const { width = 0, height = 0, type, quality, enlarge } = resize;
  const isExtended = fitOf(resize) === 'contain';
  const color = fillColor(resize);
  return [
    `rs:${resizing}:${width}:${height}:${Number(enlarge)}:${Number(isExtended)}`,
    ...(quality === undefined || type === 'image/png' ? [] : [`q:${quality}`]),
    ...(color === undefined ? [] : [`bg:${color}`]),
  ];
}

/** imgproxy adds the extension of what it makes to a filename. */
function attachment({ options: { download } }: TransformRequest, extension: string): string[] {
  if (download === undefined || download === false) return [];
  if (download === true) return ['att:1'];
  const called = download.endsWith(`.${extension}`)
    ? download.slice(0, -extension.length - 1)
    : download;
  return [`fn:${base64(called)}:1`, 'att:1'];
}

function written(original: string, encoding: 'base64' | 'plain', extension: string): string {
  if (encoding === 'base64') return `${base64(original)}.${extension}`;
  const escaped = encodeURIComponent(original).replaceAll('%2F', '/').replaceAll('%3A', ':');
  return `plain/${escaped}@${extension}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function assertEncoding(encoding: string): void {
  if (encoding === 'base64' || encoding === 'plain') return;
  throw new StorageOptionsError(
    `Cannot use imgproxy(): the encoding ${JSON.stringify(encoding)} is neither "base64" nor "plain"`,
  );
}
