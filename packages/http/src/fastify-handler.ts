import { handleOnNode, type NodeHandlerOptions } from './node-handler.ts';
import type { NodeRequest } from './node-request.ts';
import type { ServerResponse } from 'node:http';
import type { WebHandler } from './web-handler.ts';

/** What a plugin needs of a Fastify instance. */
interface FastifyLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: '*',
    parser: (
      request: unknown,
      payload: unknown,
      done: (error: null, body?: unknown) => void,
    ) => void,
  ): unknown;
  all(
    path: string,
    handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<void>,
  ): unknown;
}

interface FastifyRequestLike {
  readonly raw: NodeRequest;
  readonly originalUrl: string;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/**
 * A plugin of Fastify that answers everything below its prefix; bodies reach the handler unread. Hooks that run before
 * a handler do; headers that a reply collects are not sent.
 *
 * @example
 * ```ts
 * app.register(fastifyHandler(mediaHandler({ storages })), { prefix: '/media' });
 * ```
 */
export function fastifyHandler(
  handler: WebHandler,
  options: NodeHandlerOptions = {},
): (instance: FastifyLike) => Promise<void> {
  return async (instance) => {
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const path of ['/', '/*']) {
      instance.all(path, async (request, reply) => {
        const { raw: incoming, originalUrl: url } = request;
        const failures: unknown[] = [];
        const next = (error: unknown): void => void failures.push(error);
        await handleOnNode(handler, { incoming, outgoing: reply.raw, url, next, ...options });
        // Nothing has been sent then: Fastify's error handler does it.
        for (const failure of failures) throw failure;
        reply.hijack();
      });
    }
  };
}
