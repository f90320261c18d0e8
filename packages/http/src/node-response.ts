import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Sends a response as fast as the client takes it. Status and headers go with the first byte, so that a body which fails
 * before can still be answered with something else.
 *
 * @param signal Aborted when the client goes away: the body is cancelled then.
 * @throws what the body fails with; whoever catches it must break the connection where headers were sent.
 */
export async function sendResponse(
  response: Response,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { body } = response;
  if (body === null || outgoing.req.method === 'HEAD' || signal.aborted) {
    await body?.cancel();
    setHead(response, outgoing);
    outgoing.end();
    return;
  }
  const reader = body.getReader();
  // Nobody is left who could be told of a failure.
  const leave = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  for (let isFirst = true; ; isFirst = false) {
    const { done, value } = await reader.read();
    signal.throwIfAborted();
    if (isFirst) setHead(response, outgoing);
    if (done) break;
    if (!outgoing.write(value)) await once(outgoing, 'drain', { signal });
  }
  outgoing.end();
}

function setHead({ status, headers }: Response, outgoing: ServerResponse): void {
  outgoing.statusCode = status;
  for (const [name, value] of headers) {
    if (name === 'set-cookie') outgoing.appendHeader(name, value);
    else outgoing.setHeader(name, value);
  }
}
