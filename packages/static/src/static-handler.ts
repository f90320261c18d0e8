import { FileNotFoundError, IntegrityError, StorageOptionsError } from '@filefield/core';
import { contentTypes, type StaticTypes } from './content-type.ts';
import { ServedFiles } from './served-files.ts';
import type { StaticFiles } from './static-files.ts';
import { staticPath } from './static-path.ts';
import { staticResponse } from './static-response.ts';

/** Options of {@link staticHandler}. */
export interface StaticHandlerOptions {
  /** Seconds that browsers and CDNs keep a file without asking whose name has no hash. Default 60; 0 in development. */
  readonly maxAge?: number | undefined;
  /** Further names whose bytes never change, such as those that a bundler hashes. Default: those of the manifest. */
  readonly immutable?: ((name: string) => boolean) | undefined;
  /** Media types by extension (`.wasm`) or whole last part of a name (`apple-app-site-association`); they come before the usual ones. */
  readonly types?: StaticTypes | undefined;
  /** `false`: pages of other sites cannot read the files, nor use the fonts. Default `true`: `Access-Control-Allow-Origin: *`. */
  readonly allowAllOrigins?: boolean | undefined;
  /** What a directory is answered with: `true` is `index.html`. Default: nothing. */
  readonly indexFile?: boolean | string | undefined;
  /** Answers what is no static file, such as the application's own pages. Default: 404. */
  readonly fallback?: ((request: Request) => Response | Promise<Response>) | undefined;
}

/**
 * Serves static files as WhiteNoise does, with a CDN in front or without: for ever where the name has a hash, compressed
 * where that was done beforehand. In development it finds them where they are written. Never uploads: those are
 * `mediaHandler()`'s of `@filefield/http`.
 *
 * @param statics The files; their `baseUrl` says where the handler is mounted.
 * @returns A handler of web requests; `nodeHandler()` of `@filefield/http/node` makes it one of Node and its frameworks.
 * 200, 206, 302, 304, 404, 405 or 416.
 * @throws {@link StorageOptionsError} when the URLs lead elsewhere, or an option cannot be right.
 */
export function staticHandler(
  statics: StaticFiles,
  options: StaticHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const { maxAge = statics.isDevelopment ? 0 : 60, fallback = notFound } = options;
  const { indexFile = false } = options;
  const index = indexFile === true ? 'index.html' : indexFile === false ? undefined : indexFile;
  assertSeconds(maxAge);
  const mount = mountOf(statics);
  const files = new ServedFiles(statics.storage, maxAge, !statics.isDevelopment);
  const { storage } = statics;
  const typeOf = contentTypes(options.types ?? {});
  const how = { storage, maxAge, typeOf, allowAllOrigins: options.allowAllOrigins };

  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const path = staticPath(pathname, mount);
    const name = path === '' || path?.endsWith('/') === true ? index && path + index : path;
    if (name === undefined) return fallback(request);
    const found = name === path ? await moved(name) : undefined;
    if (found !== undefined) return isRead(request) ? redirect(found + search) : notAllowed();
    return (await answer(name, request)) ?? fallback(request);
  };

  /** Where the browser finds it, seen from there: directories have one URL, which ends with a slash. */
  async function moved(name: string): Promise<string | undefined> {
    if (index === undefined) return undefined;
    const last = name.slice(name.lastIndexOf('/') + 1);
    if (last === index) return (await files.find(name)) && './';
    if ((await files.find(name)) !== undefined) return undefined;
    return (await files.find(`${name}/${index}`)) && `./${encodeURIComponent(last)}/`;
  }

  async function answer(name: string, request: Request): Promise<Response | undefined> {
    for (let attempt = 1; ; attempt++) {
      const file = await files.find(name);
      if (file === undefined) return undefined;
      if (!isRead(request)) return notAllowed();
      try {
        const isImmutable = statics.isHashed(name) || options.immutable?.(name) === true;
        return await staticResponse(file, request, { ...how, isImmutable });
      } catch (error) {
        // Gone or replaced since it was found.
        const isOver = error instanceof FileNotFoundError || error instanceof IntegrityError;
        if (!isOver || attempt === 3) throw error;
        files.forget(name);
      }
    }
  }

  function redirect(location: string): Response {
    const headers = { Location: location, 'Cache-Control': `max-age=${maxAge}, public` };
    return new Response(null, { status: 302, headers });
  }
}

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function notAllowed(): Response {
  return new Response(null, { status: 405, headers: { Allow: 'GET, HEAD' } });
}

function notFound({ method }: Request): Response {
  // A CDN that kept it would hide a file that the next deployment brings.
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
  const body = method === 'HEAD' ? null : 'There is no such file';
  return new Response(body, { status: 404, headers });
}

function mountOf({ baseUrl }: StaticFiles): string {
  if (baseUrl !== undefined) return new URL(baseUrl, 'http://localhost').pathname;
  throw new StorageOptionsError(
    'Cannot serve the static files: their URLs lead to the storage, give loadStatic() a baseUrl of this site',
  );
}

function assertSeconds(maxAge: number): void {
  if (Number.isSafeInteger(maxAge) && maxAge >= 0) return;
  throw new StorageOptionsError(
    `Cannot use the maxAge ${maxAge}: a whole number of seconds is wanted`,
  );
}
