import { createHash } from 'node:crypto';
import { dispositionHeader } from './disposition-header.ts';
import { precondition } from './preconditions.ts';
import { presentation } from './presentation.ts';
import { preconditionFailed } from './problem-response.ts';

/** Bytes that are stored nowhere. */
export interface LooseBytes {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** How {@link bytesResponse} answers. */
export interface BytesOptions {
  readonly disposition: 'inline' | 'attachment';
  /** What a download is called. */
  readonly filename: string;
  readonly visibility: 'public' | 'private';
  /** Whether a cache may answer in place of the application, for a minute. */
  readonly isReusable: boolean;
}

/** Answers a GET or HEAD with bytes, as `serveFile()` does with an object, but always with all of them. */
export function bytesResponse(
  { bytes, type }: LooseBytes,
  request: Request,
  { disposition, filename, visibility, isReusable }: BytesOptions,
): Response {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
  const wanted = precondition(request.headers, { etag, lastModified: undefined });
  if (wanted === 'failed') return preconditionFailed(request);
  const headers = new Headers({
    ETag: etag,
    'Cache-Control': `${visibility}, ${isReusable ? 'max-age=60' : 'no-cache'}`,
  });
  if (wanted === 'not modified') return new Response(null, { status: 304, headers });
  const shown = presentation(type, { disposition });
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Content-Security-Policy', shown.policy);
  headers.set(
    'Cross-Origin-Resource-Policy',
    visibility === 'public' ? 'cross-origin' : 'same-site',
  );
  headers.set('Accept-Ranges', 'none');
  headers.set('Content-Disposition', dispositionHeader(shown.disposition, [filename]));
  headers.set('Content-Type', shown.type);
  headers.set('Content-Length', String(bytes.byteLength));
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), { headers });
}
