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
  // Leaving the loop cancels the stream.
  for await (const chunk of body) {
    if (!outgoing.write(chunk)) await once(outgoing, 'drain', { signal });
    signal.throwIfAborted();
  }
  outgoing.end();
}
