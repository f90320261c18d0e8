import { drainBody } from './drain-body.ts';

/** The body of a request ended before its sender had sent it all. */
export class BrokenBodyError extends Error {
  override readonly name = 'BrokenBodyError';
}

/**
 * The bytes of a request's body, once. Who stops early leaves the connection open, so that the sender sees the answer.
 * @throws {@link BrokenBodyError} when the sender goes away.
 */
export async function* bodyBytes({ body }: Request): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield value;
    }
  } catch (cause) {
    isDone = true;
    throw new BrokenBodyError('Cannot read the body: its sender broke off', { cause });
  } finally {
    if (!isDone) drainBody(reader);
  }
}

/** The same bytes, counted as they pass. */
export async function* counted(
  source: AsyncIterable<Uint8Array>,
  received: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    received.bytes += chunk.byteLength;
    yield chunk;
  }
}

/** A body as text; `undefined` when it is longer than `most` bytes. */
export async function bodyText(request: Request, most: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyBytes(request)) {
    size += chunk.byteLength;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The media type that a request declares, without parameters. */
export function bodyType(request: Request): string {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';', 1);
  return type.trim().toLowerCase();
}
