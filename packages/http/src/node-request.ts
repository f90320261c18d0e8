import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** A request of Node with what frameworks add to it. */
export interface NodeRequest extends IncomingMessage {
  /** The URL before a mount was cut off (Express). */
  readonly originalUrl?: string;
  /** What a parser made of the bytes, where one has read them before (Express, Fastify). */
  readonly body?: unknown;
}

/**
 * The request in web form; its body is read as it is asked for.
 *
 * @param url Its target, where the framework knows it better than `originalUrl` and `url`.
 * @returns `undefined` when nothing that HTTP allows was asked for: such a Host, target or method.
 */
export function webRequest(
  incoming: NodeRequest,
  signal: AbortSignal,
  url: string = incoming.originalUrl ?? incoming.url ?? '/',
): Request | undefined {
  const target = absoluteUrl(incoming, url);
  const method = incoming.method ?? 'GET';
  // The web's Request refuses them.
  if (target === undefined || /^(?:connect|trace|track)$/i.test(method)) return undefined;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(target, {
    method,
    headers: headersOf(incoming),
    signal,
    ...(hasBody && { body: bodyOf(incoming), duplex: 'half' }),
  });
}

function absoluteUrl(incoming: NodeRequest, url: string): string | undefined {
  const { host = 'localhost' } = incoming.headers;
  const isHost = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host);
  const scheme = 'encrypted' in incoming.socket && incoming.socket.encrypted ? 'https' : 'http';
  // What proxies get: the target is a whole URL, and the Host of no account (RFC 9112 §3.2.2).
  const isWhole = /^https?:\/\//i.test(url);
  const target = isWhole ? url : `${scheme}://${host}${url}`;
  // URL parsers take a backslash for a slash; what stands before the application may not.
  const isPath = /^\/[^\\#?]*(?:\?|$)/.test(url);
  const parsed = isWhole || (isHost && isPath) ? URL.parse(target) : null;
  // Whom it is for is no part of a target (RFC 9110 §4.2.4), and the web's Request refuses it.
  return parsed?.username === '' && parsed.password === '' ? target : undefined;
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // HTTP/2 has method and path among them.
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] ?? '');
  }
  return headers;
}

function bodyOf(incoming: NodeRequest): NonNullable<RequestInit['body']> {
  const { body } = incoming;
  if (body === undefined || body === null || !incoming.readableDidRead) {
    return Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  }
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
}
