import type { FieldFile, FileStorage } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { presentation } from './presentation.ts';
import { methodNotAllowed, notFound } from './problem-response.ts';
import { serveFile, type ServeOptions } from './serve-file.ts';
import type { WebHandler } from './web-handler.ts';

/** What a request is answered with: a stored file, nothing (404), or the application's own response. */
export type Authorized = FieldFile | Response | null | undefined;

/** Options of {@link downloadHandler}. */
export interface DownloadHandlerOptions extends Omit<ServeOptions, 'immutable' | 'visibility'> {
  /** Finds the file that the request is for, if its sender may have it. */
  readonly authorize: (request: Request) => Authorized | Promise<Authorized>;
  /**
   * `redirect`: the client is sent to the storage, 302 to the URL of {@link FieldFile.getUrlAsync}. `stream`: the bytes
   * pass through the application. Default: redirect where the storage signs URLs and serves them itself, else stream;
   * what a `fallbackStorage()` has in its fallback only is streamed.
   */
  readonly delivery?: 'redirect' | 'stream' | undefined;
}

/**
 * A view that gives files to those whom the application lets in. Every request is authorized: neither the file nor the
 * redirect is used again without asking.
 *
 * @returns A handler. It answers as {@link serveFile}, or 302.
 *
 * @example
 * ```ts
 * const download = downloadHandler({
 *   authorize: async (request) => (await documentOf(request))?.file,
 * });
 * ```
 */
export function downloadHandler({
  authorize,
  delivery,
  ...options
}: DownloadHandlerOptions): WebHandler {
  return async (request) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(request, 'GET, HEAD');
    const file = await authorize(request);
    if (file === null || file === undefined) return notFound(request);
    // Not `instanceof`: servers put a Response of their own in the place of the global one.
    if ('status' in file) return file;
    const storage = storageOf(file);
    const isElsewhere = storage?.capabilities.signedUrls === true && storage.served === undefined;
    const isRedirect = delivery === undefined ? isElsewhere : delivery === 'redirect';
    if (isRedirect && (await isAtUrl(file, storage))) return await redirect(file, method, options);
    return await serveFile(file, request, { ...options, visibility: 'private' });
  };
}

/** A storage that reads through to another makes the URLs of its first place, where the object may not be yet. */
async function isAtUrl({ name }: FieldFile, storage: FileStorage | undefined): Promise<boolean> {
  const first = storage?.served === undefined ? storage?.parts?.[0] : undefined;
  return first === undefined || name === undefined || (await first.exists(name));
}

async function redirect(
  file: FieldFile,
  method: 'GET' | 'HEAD',
  options: ServeOptions,
): Promise<Response> {
  const { type = file.type, filename = file.filename ?? true } = options;
  const shown = presentation(type, options);
  const download = shown.disposition === 'attachment' ? filename : undefined;
  // A type that was asked for is sent only as what it is shown as.
  const told = options.type === undefined ? undefined : shown.type;
  const location = await file.getUrlAsync({ download, type: told, method });
  // Kept by nobody: the next request may be somebody else's, or for another file.
  const headers = { Location: location, 'Cache-Control': 'private, no-store' };
  return new Response(null, { status: 302, headers });
}

function storageOf(file: FieldFile): FileStorage | undefined {
  const alias = file.storage;
  return alias === undefined ? undefined : fileBinding.context(file)?.storage(alias);
}
