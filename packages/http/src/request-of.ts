import { webRequest, type NodeRequest } from './node-request.ts';

/**
 * A request of Node in web form, for a route that answers by itself: `readForm(requestOf(request))`. In Express pass
 * `request`, in Fastify `request.raw`, in Koa `context.req`; its body is read as it is asked for.
 *
 * @throws TypeError when nothing that HTTP allows was asked for: such a Host, target or method.
 */
export function requestOf(incoming: NodeRequest): Request {
  const { signal } = new AbortController();
  const request = webRequest(incoming, signal);
  if (request === undefined) throw new TypeError('Cannot read the request: it is none of HTTP');
  return request;
}
