import { createServer, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { storages } from './storages.ts';
import { uploadView } from './upload-view.ts';

await storages.ready(); // the disk can be written to, or the keys are known and the bucket is there

// Any server whose handlers take a Request and answer a Response will do.
const server = createServer((incoming, outgoing) => {
  route(incoming).then(
    async (response) => {
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(await response.text());
    },
    (error: unknown) => {
      console.error(error);
      outgoing.writeHead(500).end();
    },
  );
});
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  console.log(`Uploads go to http://127.0.0.1:${port}/upload`);
});

async function route(incoming: IncomingMessage): Promise<Response> {
  const request = toRequest(incoming);
  if (new URL(request.url).pathname !== '/upload') return new Response(null, { status: 404 });
  const username = usernameOf(request);
  if (username !== '') return uploadView(request, username);
  return new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic' } });
}

/** Believes every password: who is logged in, an application knows by other means. */
function usernameOf(request: Request): string {
  const [scheme, encoded = ''] = (request.headers.get('authorization') ?? '').split(' ');
  if (scheme !== 'Basic') return '';
  return Buffer.from(encoded, 'base64').toString().replace(/:.*/s, '');
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(new URL(url, 'http://127.0.0.1'), {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ...(hasBody && { body: Readable.toWeb(incoming), duplex: 'half' }),
  });
}
