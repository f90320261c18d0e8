import type { ServerResponse } from 'node:http';
import { handleOnNode, type NodeHandlerOptions } from './node-handler.ts';
import type { NodeRequest } from './node-request.ts';
import type { WebHandler } from './web-handler.ts';

/** What a middleware needs of a Koa context. */
interface KoaLike {
  readonly req: NodeRequest;
  readonly res: ServerResponse;
  readonly originalUrl: string;
  respond?: boolean | undefined;
}

/**
 * A middleware of Koa that answers every request it gets; an error before the first byte is Koa's.
 *
 * @example
 * ```ts
 * app.use(mount('/media', koaHandler(mediaHandler({ storages }))));
 * ```
 */
export function koaHandler(
  handler: WebHandler,
  options: NodeHandlerOptions = {},
): (context: KoaLike) => Promise<void> {
  return async (context) => {
    const { req: incoming, res: outgoing, originalUrl: url } = context;
    const failures: unknown[] = [];
    const next = (error: unknown): void => void failures.push(error);
    context.respond = false;
    await handleOnNode(handler, { incoming, outgoing, url, next, ...options });
    for (const failure of failures) {
      context.respond = true;
      throw failure;
    }
  };
}
