import { IntegrityError, InvalidNameError, type FieldFile } from '@filefield/core';
import { dispositionHeader } from './disposition-header.ts';
import { errorResponse } from './error-response.ts';
import { objectResponse } from './object-response.ts';
import { precondition } from './preconditions.ts';
import { presentation } from './presentation.ts';
import { methodNotAllowed, notFound, preconditionFailed } from './problem-response.ts';
import {
  representationOf,
  servedObject,
  type Representation,
  type ServedObject,
  type StoredObject,
} from './served-object.ts';

const yearInSeconds = 31_536_000;

/** Options of {@link serveFile}. */
export interface ServeOptions {
  /** `attachment`: browsers save the file. Default `inline`, which holds for types that are safe to show; others are saved. */
  readonly disposition?: 'inline' | 'attachment' | undefined;
  /** What a download is called. Default: what the user called the file. */
  readonly filename?: string | undefined;
  /** Media type to answer with, which decides as the file's own would. Default: the file's. */
  readonly type?: string | undefined;
  /** Further types to show, such as `image/svg+xml`; scripts in them do not run either. Default: none. */
  readonly inlineTypes?: readonly string[] | undefined;
  /**
   * The URL of the request stands for this object and will for no other: browsers keep it for a year without asking,
   * where its name is never used again. Default `false`: they ask each time, and 304 answers without the storage.
   */
  readonly immutable?: boolean | undefined;
  /** `private`: no cache that others share may keep it, and pages of other sites cannot show it. Default: as the storage is. */
  readonly visibility?: 'public' | 'private' | undefined;
}

/**
 * Answers a GET or HEAD with a stored file: ranges, conditions and caching as RFC 9110 has them, and nothing in the file
 * can act on behalf of the site. Whether the client may have it, the caller has decided.
 *
 * @param file A stored {@link FieldFile}, or an object in a storage.
 * @param request Its method and headers count; its signal closes the storage's stream.
 * @returns 200, 206, 304, 404, 405, 412 or 416. A body that breaks off has failed: there is no short 200.
 * @throws {@link PendingFileError} before the flush; whatever the storage throws but absence.
 *
 * @example
 * ```ts
 * app.get('/members/:id/avatar', async (c) => serveFile(member.avatar, c.req.raw));
 * ```
 */
export async function serveFile(
  file: FieldFile | StoredObject,
  request: Request,
  options: ServeOptions = {},
): Promise<Response> {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(request, 'GET, HEAD');
  try {
    return await answerOnce(servedObject(file), request, options);
  } catch (error) {
    if (error instanceof InvalidNameError) return notFound(request);
    return errorResponse(error, request);
  }
}

/** An object that is replaced before its first byte is answered as it is then. */
async function answerOnce(
  served: ServedObject,
  request: Request,
  options: ServeOptions,
  triesLeft = 3,
): Promise<Response> {
  try {
    return await answer(served, request, options);
  } catch (error) {
    if (!(error instanceof IntegrityError) || triesLeft === 0) throw error;
    return await answerOnce(served, request, options, triesLeft - 1);
  }
}

async function answer(
  served: ServedObject,
  request: Request,
  options: ServeOptions,
): Promise<Response> {
  const object = { ...served, type: options.type ?? served.type };
  const found = await representationOf(object);
  const wanted = precondition(request.headers, found);
  if (wanted === 'failed') return preconditionFailed(request);
  const headers = new Headers(validatorHeaders(object, found, options));
  if (wanted === 'not modified') return new Response(null, { status: 304, headers });
  const shown = presentation(found.type, options);
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Content-Security-Policy', shown.policy);
  const { visibility = object.storage.visibility } = options;
  headers.set(
    'Cross-Origin-Resource-Policy',
    visibility === 'public' ? 'cross-origin' : 'same-site',
  );
  headers.set('Accept-Ranges', object.isCompressed ? 'none' : 'bytes');
  const names = [options.filename, object.filename, object.name];
  headers.set('Content-Disposition', dispositionHeader(shown.disposition, names));
  headers.set('Content-Type', shown.type);
  return await objectResponse(object, found, request, headers);
}

function validatorHeaders(
  { storage }: ServedObject,
  { etag, lastModified, isImmutable }: Representation,
  { immutable = false, visibility = storage.visibility }: ServeOptions,
): Record<string, string> {
  const lifetime = immutable && isImmutable ? `max-age=${yearInSeconds}, immutable` : 'no-cache';
  return {
    ETag: etag,
    ...(lastModified && { 'Last-Modified': lastModified.toUTCString() }),
    'Cache-Control': `${visibility}, ${lifetime}`,
  };
}
