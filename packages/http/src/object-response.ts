import { byteRanges, type ByteSpan } from './byte-ranges.ts';
import { exactBytes } from './exact-bytes.ts';
import { multipartRanges } from './multipart-ranges.ts';
import { isRangeWanted } from './preconditions.ts';
import { rangeNotSatisfiable } from './problem-response.ts';
import type { Representation, ServedObject } from './served-object.ts';

/**
 * The object, or the ranges of it that are asked for, under the given headers.
 * @throws {@link FileNotFoundError} when it is gone before its first byte. @throws {@link IntegrityError} when it is
 * another version by then.
 */
export async function objectResponse(
  object: ServedObject,
  found: Representation,
  request: Request,
  headers: Headers,
): Promise<Response> {
  const { storage, name } = object;
  if (request.method === 'HEAD') {
    if (!found.isSeen) await storage.stat(name);
    headers.set('Content-Length', String(found.size));
    return new Response(null, { headers });
  }
  const spans = wantedSpans(object, found, request);
  if (spans === 'unsatisfiable') return rangeNotSatisfiable(request, found.size);
  const open = async (span?: ByteSpan): Promise<ReadableStream<Uint8Array>> => {
    const { version: etag } = found;
    const stream = await storage.open(name, { ...span, etag, signal: request.signal });
    return exactBytes(stream, span === undefined ? found.size : span.end - span.start, object);
  };
  if (spans === 'all') {
    headers.set('Content-Length', String(found.size));
    return new Response(await open(), { headers });
  }
  const [span, ...others] = spans;
  if (span !== undefined && others.length === 0) {
    headers.set('Content-Range', `bytes ${span.start}-${span.end - 1}/${found.size}`);
    headers.set('Content-Length', String(span.end - span.start));
    return new Response(await open(span), { status: 206, headers });
  }
  const type = headers.get('Content-Type') ?? '';
  const parts = await multipartRanges(spans, { size: found.size, type, open });
  headers.set('Content-Type', parts.type);
  headers.set('Content-Length', String(parts.length));
  return new Response(parts.body, { status: 206, headers });
}

function wantedSpans(
  { isCompressed }: ServedObject,
  found: Representation,
  { headers }: Request,
): ReturnType<typeof byteRanges> {
  if (isCompressed || !isRangeWanted(headers, found)) return 'all';
  return byteRanges(headers.get('range'), found.size);
}
