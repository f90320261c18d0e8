import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Sends a response as fast as the client takes it.
 *
 * @param signal Aborted when the client goes away: the body is cancelled then.
 * @throws what the body fails with; whoever catches it must break the connection.
 */
export async function sendResponse(
  response: Response,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') outgoing.appendHeader(name, value);
    else outgoing.setHeader(name, value);
  }
  const { body } = response;
  if (body === null || outgoing.req.method === 'HEAD' || signal.aborted) {
    await body?.cancel();
    outgoing.end();
    return;
  }
  const reader = body.getReader();
  // Nobody is left who could be told of a failure.
  const leave = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  for (;;) {
    const { done, value } = await reader.read();
    signal.throwIfAborted();
    if (done) break;
    if (!outgoing.write(value)) await once(outgoing, 'drain', { signal });
  }
  outgoing.end();
}
