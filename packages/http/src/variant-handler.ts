import {
  StorageOptionsError,
  type FoundVariant,
  type Storages,
  type VariantLink,
} from '@filefield/core';
import { assertKeys, assertSiteUrl, openVariantLink, variantName } from '@filefield/core/binding';
import { bytesResponse } from './bytes-response.ts';
import { errorResponse } from './error-response.ts';
import { methodNotAllowed, notFound, problemResponse, urlRejected } from './problem-response.ts';
import { refusal } from './refusal.ts';
import { serveFile } from './serve-file.ts';
import { SharedWork } from './shared-work.ts';
import type { WebHandler } from './web-handler.ts';

/** Options of {@link variantHandler}. */
export interface VariantHandlerOptions {
  /** The registry: variants are served out of its storages. */
  readonly storages: Storages;
  /** What signs the URLs; any of them may have. */
  readonly keys: readonly string[];
  /** Where its URLs begin, as told to `fileFields()`. Default: anywhere, the last two parts of a path count. */
  readonly baseUrl?: string | undefined;
  /** Finds a variant, or makes it: `files.findVariant`. */
  readonly findVariant: (
    link: VariantLink,
    options: { readonly signal: AbortSignal },
  ) => Promise<FoundVariant>;
  /**
   * Lets in with `true` whom the URL would; a response is sent in place of the image, and anything else is 403. Asked after the
   * signature was found good, and on each request: no cache then answers in its place. Default: the URL decides.
   */
  readonly authorize?:
    | ((request: Request, link: VariantLink) => boolean | Response | Promise<boolean | Response>)
    | undefined;
  /** Variants that are looked for or made at once; 100 more wait, all others are answered 503. Default 2. */
  readonly concurrency?: number | undefined;
}

const mostWaiting = 100;
const retrySeconds = 5;

/**
 * Serves the variants of images that are made when they are asked for first, each once for all who ask meanwhile. Nobody
 * can ask for what the application has not signed.
 *
 * @returns A handler. It answers as {@link serveFile}; 302 where another image takes the place; 403 when the URL is
 * forged or over; 404 when the original is gone; 422 when nothing can be made of it; 503 when too many wait.
 * @throws {@link StorageOptionsError} for keys that could be guessed, or a base that is no URL.
 * @throws RangeError for a concurrency that is no whole number from 1.
 */
export function variantHandler(options: VariantHandlerOptions): WebHandler {
  const { keys, baseUrl, findVariant, authorize, concurrency = 2 } = options;
  assertKeys('URLs of variants', keys);
  if (keys.length === 0) {
    throw new StorageOptionsError('Cannot open URLs of variants: there are no keys');
  }
  if (baseUrl !== undefined) assertSiteUrl('baseUrl', baseUrl);
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`Cannot make ${concurrency} variants at once: at least one is wanted`);
  }
  const work = new SharedWork<FoundVariant>({ concurrency, queue: mostWaiting });
  return async (request) => {
    const { method, signal } = request;
    if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(request, 'GET, HEAD');
    const path = pathOf(request.url, baseUrl);
    if (path === undefined) return notFound(request);
    const opened = openVariantLink(path.token, keys);
    if (opened.state !== 'valid') return urlRejected(opened.state, request);
    const { link } = opened;
    if (link.file !== path.file) return urlRejected('forged', request);
    // A storage that was public when the URL was made may be private now, where every URL ends.
    if (link.expires === undefined && !isPublic(link, options)) {
      return urlRejected('expired', request);
    }
    const refused = authorize && refusal(await authorize(request, link), request);
    if (refused !== undefined) return refused;
    try {
      const found = await work.result(JSON.stringify(link), signal, async (ending) =>
        findVariant(link, { signal: ending }),
      );
      if (found === undefined) return busy(request);
      return await answer(found, link, request, options);
    } catch (error) {
      return errorResponse(error, request);
    }
  };
}

/** The token and the file of `<baseUrl><token>/<file>`. */
function pathOf(
  url: string,
  baseUrl: string | undefined,
): { readonly token: string; readonly file: string } | undefined {
  const { pathname } = new URL(url);
  const [, before, token, file] = /^(.*\/)([\w.-]+)\/([\w.-]+)$/.exec(pathname) ?? [];
  if (token === undefined || file === undefined) return undefined;
  if (baseUrl === undefined) return { token, file };
  const base = new URL(baseUrl, url).pathname;
  return before === (base.endsWith('/') ? base : `${base}/`) ? { token, file } : undefined;
}

function isPublic({ storage }: VariantLink, { storages }: VariantHandlerOptions): boolean {
  return storages.has(storage) && storages.get(storage).visibility === 'public';
}

async function answer(
  found: FoundVariant,
  link: VariantLink,
  request: Request,
  options: VariantHandlerOptions,
): Promise<Response> {
  const { storages, authorize } = options;
  const { download: filename } = link;
  const disposition = filename === undefined ? 'inline' : 'attachment';
  if (found.kind === 'object') {
    const { name, type } = found;
    const isAskedFor = name === variantName(link.name, link.file);
    return await serveFile({ storage: storages.get(found.storage), name, type }, request, {
      disposition,
      filename,
      immutable: authorize === undefined && isAskedFor,
      visibility: authorize === undefined ? undefined : 'private',
    });
  }
  if (found.kind === 'url') return redirect(found.url);
  const isForAll = authorize === undefined && isPublic(link, options);
  return bytesResponse(found, request, {
    disposition,
    filename: filename ?? link.file,
    visibility: isForAll ? 'public' : 'private',
    isReusable: authorize === undefined,
  });
}

/** Kept by nobody: the next request may find the variant. */
function redirect(url: string): Response {
  const headers = { Location: url, 'Cache-Control': 'private, no-store' };
  return new Response(null, { status: 302, headers });
}

function busy(request: Request): Response {
  const message = 'Too many images are being made, try again';
  const response = problemResponse(503, { code: 'BUSY', message }, request);
  response.headers.set('Retry-After', String(retrySeconds));
  return response;
}
