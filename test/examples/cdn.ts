import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A host that serves a bucket, and what it was asked. */
export interface Cdn {
  readonly url: string;
  /** `GET /avatars/a.png`. */
  readonly requests: readonly string[];
}

/** What a content delivery network does: serves a bucket under another host, here until the test ends. */
export async function startCdn(bucketUrl: string): Promise<Cdn> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    fetch(bucketUrl + request.url).then(
      async ({ status, headers, body }) => {
        response.writeHead(status, Object.fromEntries(headers));
        response.end(Buffer.from(await new Response(body).arrayBuffer()));
      },
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests };
}
