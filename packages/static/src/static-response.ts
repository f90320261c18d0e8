import type { FileStorage } from '@filefield/core';
import { acceptedVariant } from './accepted-coding.ts';
import { byteSpan, type ByteSpan } from './byte-span.ts';
import { isNotModified, isRangeWanted, type Validators } from './conditions.ts';
import type { ServedFile, ServedVariant } from './served-files.ts';

/** How a file is sent. */
export interface StaticResponseOptions {
  readonly storage: FileStorage;
  readonly isImmutable: boolean;
  /** Seconds. */
  readonly maxAge: number;
  /** The Content-Type of a file. */
  readonly typeOf: (name: string) => string;
  readonly allowAllOrigins?: boolean | undefined;
}

/** Ten years, which is what nginx sends for `expires max`. */
const forever = 315_360_000;

/**
 * Answers a GET or HEAD with a file.
 * @throws {@link FileNotFoundError} when it is gone, {@link IntegrityError} when it is another one by now.
 */
export async function staticResponse(
  file: ServedFile,
  request: Request,
  options: StaticResponseOptions,
): Promise<Response> {
  const { method, headers: asked, signal } = request;
  const variant = acceptedVariant(asked.get('accept-encoding'), file.plain, file.compressed);
  const validators = validatorsOf(variant, file);
  const headers = new Headers(cachingHeaders(file, options));
  headers.set('ETag', validators.etag);
  if (validators.lastModified !== undefined) headers.set('Last-Modified', validators.lastModified);
  if (isNotModified(asked, validators)) return new Response(null, { status: 304, headers });
  headers.set('Content-Type', options.typeOf(file.plain.stat.name));
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Accept-Ranges', 'bytes');
  if (variant.coding !== undefined) headers.set('Content-Encoding', variant.coding);
  headers.set('Content-Length', String(variant.size));
  if (method === 'HEAD') return new Response(null, { headers });
  const isWanted = isRangeWanted(asked, validators);
  const span = isWanted ? byteSpan(asked.get('range'), variant.size) : 'all';
  if (span === 'unsatisfiable') return notSatisfiable(variant);
  if (span === 'all') return new Response(await opened(variant, options, signal), { headers });
  headers.set('Content-Length', String(span.end - span.start));
  headers.set('Content-Range', `bytes ${span.start}-${span.end - 1}/${variant.size}`);
  const body = await opened(variant, options, signal, span);
  return new Response(body, { status: 206, headers });
}

/** The same state that was found, or none: its size is told before its bytes. */
async function opened(
  { stat: { name, etag } }: ServedVariant,
  { storage }: StaticResponseOptions,
  signal: AbortSignal,
  span?: ByteSpan,
): Promise<ReadableStream<Uint8Array>> {
  return storage.open(name, { ...span, etag, signal });
}

function cachingHeaders(
  { compressed }: ServedFile,
  { isImmutable, maxAge, allowAllOrigins = true }: StaticResponseOptions,
): Record<string, string> {
  return {
    'Cache-Control': isImmutable
      ? `max-age=${forever}, public, immutable`
      : `max-age=${maxAge}, public`,
    ...(compressed.length > 0 && { Vary: 'Accept-Encoding' }),
    ...(allowAllOrigins && { 'Access-Control-Allow-Origin': '*' }),
  };
}

/** Of the bytes that are sent: compressed ones are others, and must not be put together with the file's own. */
function validatorsOf({ coding, stat }: ServedVariant, { plain }: ServedFile): Validators {
  const time = stat.modifiedAt.getTime().toString(16);
  const suffix = coding === undefined ? '' : `-${coding}`;
  const modified = Math.min(plain.stat.modifiedAt.getTime(), Date.now());
  return {
    etag: `"${time}-${stat.size.toString(16)}${suffix}"`,
    // Where builds are to be the same each time, all files are of 1970.
    lastModified: modified < 1000 ? undefined : new Date(modified).toUTCString(),
  };
}

function notSatisfiable({ size }: ServedVariant): Response {
  return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${size}` } });
}
