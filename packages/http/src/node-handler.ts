import type { ServerResponse } from 'node:http';
import { webRequest, type NodeRequest } from './node-request.ts';
import { sendResponse } from './node-response.ts';
import { problemResponse } from './problem-response.ts';
import type { WebHandler } from './web-handler.ts';

/** Options of the adapters. */
export interface NodeHandlerOptions {
  /** Told of what failed where no error handler of a framework can be: without `next`, and after the first byte. Default: `console.error`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A listener of `node:http`, a middleware of Express. */
export type NodeHandler = (
  request: NodeRequest,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/**
 * A handler for `node:http`, Express and whatever takes the same two arguments. The client's going away aborts the
 * request's signal; an error before the first byte goes to `next`, or is answered 500; later it breaks the connection.
 *
 * @example
 * ```ts
 * app.use('/media', nodeHandler(mediaHandler({ storages })));
 * createServer(nodeHandler(mediaHandler({ storages })));
 * ```
 */
export function nodeHandler(handler: WebHandler, options: NodeHandlerOptions = {}): NodeHandler {
  return (incoming, outgoing, next) => {
    void handleOnNode(handler, { incoming, outgoing, next, ...options });
  };
}

/** One request that Node received. */
export interface NodeExchange extends NodeHandlerOptions {
  readonly incoming: NodeRequest;
  readonly outgoing: ServerResponse;
  /** The request's target, where a framework keeps it elsewhere. */
  readonly url?: string | undefined;
  readonly next?: ((error?: unknown) => void) | undefined;
}

/** Answers one request. */
export async function handleOnNode(handler: WebHandler, exchange: NodeExchange): Promise<void> {
  const { incoming, outgoing, url, next, onError = tell } = exchange;
  const client = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) client.abort();
  });
  if (outgoing.destroyed) client.abort();
  try {
    const request = webRequest(incoming, client.signal, url);
    const response = request === undefined ? badRequest() : await handler(request);
    await sendResponse(response, outgoing, client.signal);
  } catch (error) {
    if (client.signal.aborted) return;
    if (outgoing.headersSent) {
      outgoing.destroy();
      onError(error);
    } else if (next !== undefined) {
      next(error);
    } else {
      onError(error);
      // A client that leaves meanwhile needs no answer.
      await sendResponse(failed(), outgoing, client.signal).catch(() => outgoing.destroy());
    }
  }
}

function badRequest(): Response {
  return problemResponse(400, { code: 'BAD_REQUEST', message: 'This is no request of HTTP' });
}

function failed(): Response {
  return problemResponse(500, { code: 'FAILED', message: 'The server failed' });
}

function tell(error: unknown): void {
  // oxlint-disable-next-line no-console -- nobody above takes it
  console.error(error);
}
