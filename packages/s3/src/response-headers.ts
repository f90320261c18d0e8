import { create } from 'content-disposition';
import type { S3UrlOptions } from './url-options.ts';

/** The headers that a URL makes S3 answer with, as query parameters by name; and the version that it means. */
export function responseHeaders(options: S3UrlOptions): Record<string, string | undefined> {
  const { cacheControl, contentDisposition, download, type, versionId } = options;
  return {
    'response-cache-control': cacheControl,
    'response-content-disposition': contentDisposition ?? attachment(download),
    'response-content-type': type,
    versionId,
  };
}

/** Whether a URL makes S3 answer with other headers than the object's: it does so for signed requests only. */
export function changesHeaders(options: S3UrlOptions): boolean {
  const { cacheControl, contentDisposition, download = false, type } = options;
  return (cacheControl ?? contentDisposition ?? type) !== undefined || download !== false;
}

/** `Content-Disposition` after RFC 6266; names that are not ASCII after RFC 8187, with a fallback. */
function attachment(download: boolean | string | undefined): string | undefined {
  if (download === undefined || download === false) return undefined;
  return download === true ? 'attachment' : create(download);
}
