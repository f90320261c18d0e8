import type { FileStorage, Storages } from '@filefield/core';
import { mediaObject } from './media-path.ts';
import { methodNotAllowed, notFound, urlRejected } from './problem-response.ts';
import { refusal } from './refusal.ts';
import { serveFile, type ServeOptions } from './serve-file.ts';
import type { WebHandler } from './web-handler.ts';

/** Options of {@link mediaHandler}. */
export interface MediaHandlerOptions {
  /** Those of its storages are served whose URLs lead back to the application: a `FileSystemStorage` with a `baseUrl`. */
  readonly storages: Storages;
  /**
   * Lets in with `true` whom the URL would; a response is sent in place of the file, and anything else is 403. Asked after the
   * signature was found good, and on each request: no cache then answers in its place. Default: the URL decides.
   */
  readonly authorize?:
    | ((
        request: Request,
        object: MediaReference,
      ) => boolean | Response | Promise<boolean | Response>)
    | undefined;
  /** Further types to show, such as `image/svg+xml`; scripts in them do not run either. Default: none. */
  readonly inlineTypes?: readonly string[] | undefined;
}

/** The object that a URL stands for. */
export interface MediaReference {
  /** The alias of its storage. */
  readonly alias: string;
  /** Its name in the storage. */
  readonly name: string;
}

/**
 * Serves what `file.url` of storages on this machine's disks leads to: public ones as they are, private ones with a
 * signature that is not over. It lists nothing and serves no upload that has not been claimed.
 *
 * @returns A handler. It answers as {@link serveFile}; 403 when the signature is missing, forged or over; 404 when no
 * storage is served there.
 */
export function mediaHandler({
  storages,
  authorize,
  inlineTypes,
}: MediaHandlerOptions): WebHandler {
  return async (request) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(request, 'GET, HEAD');
    const url = new URL(request.url);
    const object = mediaObject(storages, url);
    if (object === undefined) return notFound(request);
    const { alias, storage, served, name } = object;
    const state = served.verify(name, url.searchParams);
    if (state !== 'valid') return urlRejected(state, request);
    const options = { ...wishes(url.searchParams, storage), inlineTypes };
    if (authorize === undefined) {
      return await serveFile({ storage, name }, request, { ...options, immutable: true });
    }
    const refused = refusal(await authorize(request, { alias, name }), request);
    if (refused !== undefined) return refused;
    return await serveFile({ storage, name }, request, { ...options, visibility: 'private' });
  };
}

/** What a query asks for: all of it is signed where the storage is private, and anybody's where it is public. */
function wishes(query: URLSearchParams, { visibility }: FileStorage): ServeOptions {
  const download = query.get('download');
  const disposition = download === null ? 'inline' : 'attachment';
  // Whoever writes a link to a public file must not choose what it is called or taken for.
  if (visibility === 'public') return { disposition };
  return { disposition, filename: download ?? undefined, type: query.get('type') ?? undefined };
}
