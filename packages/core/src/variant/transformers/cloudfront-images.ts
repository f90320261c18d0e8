import { createHmac } from 'node:crypto';
import { StorageOptionsError } from '../../errors.ts';
import { assertLifetime, assertSiteUrl } from '../../file-system/disk-url.ts';
import { assertReadable } from '../../storage-names.ts';
import type { ImageTransformer, TransformRequest } from '../image-transformer.ts';
import type { Resize } from '../variant-definition.ts';
import { fillColor } from './fill-color.ts';
import { fitOf } from '../fit-of.ts';
import { transformEnd } from './transform-end.ts';
import { assertFunction, type TransformSource } from './transform-source.ts';

/** Options of {@link cloudfrontImages}. */
export interface CloudfrontImagesOptions {
  /** Where the distribution answers: `https://d111111abcdef8.cloudfront.net/`. */
  readonly url: string;
  /** The secret of its image URL signature. Default: URLs are not signed, and there are none of private files. */
  readonly secret?: string | undefined;
  /** One of its source buckets. Default: the bucket of the storage, where it is an `S3Storage`. */
  readonly bucket?: string | TransformSource | undefined;
  /** The object's key in the bucket. Default: the name below the storage's prefix. */
  readonly key?: TransformSource | undefined;
  /** Seconds until the URL of a private file's variant ends, at least half of them are left; 1 to 604,800. Default 3,600. */
  readonly urlExpiresIn?: number | undefined;
}

/**
 * Variants made by AWS's Dynamic Image Transformation for Amazon CloudFront, once called Serverless Image Handler, in its
 * architecture with Lambda: every fit. Of private files only with a secret, and with an end, which version 7 and later
 * keep. It offers no downloads.
 *
 * @throws {@link StorageOptionsError} for options with which no URL could work.
 */
export function cloudfrontImages(options: CloudfrontImagesOptions): ImageTransformer {
  const { url, secret, bucket, key, urlExpiresIn = 3600 } = options;
  assertSiteUrl('url', url);
  assertText('secret', secret);
  if (typeof bucket !== 'function') assertText('bucket', bucket);
  assertFunction('cloudfrontImages', 'key', key);
  assertLifetime(urlExpiresIn);
  const base = url.endsWith('/') ? url.slice(0, -1) : url;
  return {
    url(request) {
      const { resize } = request.definition;
      const { download = false } = request.options;
      const edits = resize && editsOf(resize);
      const end = transformEnd(request, urlExpiresIn);
      if (edits === undefined || download !== false) return undefined;
      if (end !== undefined && secret === undefined) return undefined;
      const object = {
        bucket:
          typeof bucket === 'function' ? bucket(request) : (bucket ?? placeOf(request)?.bucket),
        key: key === undefined ? defaultKey(request) : key(request),
      };
      if (object.bucket === undefined || object.key === undefined) return undefined;
      const path = `/${base64Json({ ...object, edits })}`;
      return base + cloudfrontSigned(path, { secret, end });
    },
  };
}

/**
 * The path of an image request and its query: signed with the secret where there is one.
 *
 * @param end Seconds since the epoch.
 */
export function cloudfrontSigned(
  path: string,
  { secret, end }: { readonly secret?: string | undefined; readonly end?: number | undefined },
): string {
  const ending = end === undefined ? [] : [`expires=${basicDate(end)}`];
  const asked = [path, ...ending].join('?');
  if (secret === undefined) return asked;
  const signature = createHmac('sha256', secret).update(asked).digest('hex');
  return `${path}?${[...ending, `signature=${signature}`].join('&')}`;
}

const formats: Readonly<Record<string, string | undefined>> = {
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/jpeg': 'jpeg',
  'image/png': 'png',
};

const awsLocation = /^s3:\/\/[\w.-]*\bamazonaws\.com(?:\.cn)?\/([^/]+)\/(.*)$/s;

/** What sharp is to do; `rotate: null` turns the image upright. */
function editsOf(resize: Resize): object | undefined {
  const { width, height, type, quality, enlarge } = resize;
  const format = formats[type];
  if (format === undefined) return undefined;
  const color = fillColor(resize);
  const background = color === undefined ? { r: 0, g: 0, b: 0, alpha: 0 } : channels(color);
  const fit = fitOf(resize);
  return {
    rotate: null,
    resize: { width, height, fit, withoutEnlargement: !enlarge, background },
    ...(format === 'jpeg' && { flatten: { background } }),
    toFormat: format,
    ...(quality !== undefined && format !== 'png' && { [format]: { quality } }),
  };
}

function channels(color: string): object {
  const [r, g, b] = Buffer.from(color, 'hex');
  return { r, g, b, alpha: 1 };
}

/** The bucket and the prefix of a location `s3://endpoint/bucket/prefix/` of AWS. */
function placeOf({
  storage,
}: TransformRequest): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket, prefix] = awsLocation.exec(storage.location) ?? [];
  return bucket === undefined || prefix === undefined ? undefined : { bucket, prefix };
}

function defaultKey(request: TransformRequest): string {
  const { name } = request.row;
  assertReadable(name);
  return `${placeOf(request)?.prefix ?? ''}${name}`;
}

/** Base64 in which no `/` and no `+` occur: what would give one is written as an escape of JSON. */
function base64Json(value: object): string {
  const escaped = JSON.stringify(value).replaceAll(
    /[^ -=@-}]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(escaped).toString('base64');
}

/** `20261121T093000Z`. */
function basicDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function assertText(option: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw new StorageOptionsError(`Cannot use cloudfrontImages(): the ${option} is no text`);
}
