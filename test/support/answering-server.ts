import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { onTestFinished } from 'vitest';

/** What is answered, word for word. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Answers a request; `undefined` leaves it to the server behind. */
export type Answering = (
  asked: IncomingMessage,
) => Answer | undefined | Promise<Answer | undefined>;

/**
 * The URL of an HTTP server for one test that gives recorded answers: those that no server which runs here can be brought
 * to give. What it does not answer itself it passes on to `target`.
 */
export async function answeringServer(answering: Answering, target?: string): Promise<string> {
  const server = createServer((asked, outgoing) => {
    respond(answering, target, asked, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function respond(
  answering: Answering,
  target: string | undefined,
  asked: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const answer = await answering(asked);
  if (answer !== undefined) {
    asked.resume();
    await once(asked, 'end');
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(asked.method === 'HEAD' ? undefined : answer.body);
    return;
  }
  if (target === undefined) throw new Error('nobody answers');
  const { expect: _, ...headers } = asked.headers;
  const passed = request(new URL(asked.url ?? '/', target), { method: asked.method, headers });
  const [[response]] = await Promise.all([once(passed, 'response'), pipeline(asked, passed)]);
  outgoing.writeHead(response.statusCode, response.headers);
  await pipeline(response, outgoing);
}
