import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import busboy, { type BusboyConfig } from 'busboy';
import { onTestFinished } from 'vitest';
import type { FilePart } from '@filefield/core';

/** Serves requests until the test ends, and answers what the handler made of the first one. */
export async function receiving<T>(
  handle: (request: IncomingMessage) => Promise<T>,
): Promise<{ readonly url: string; readonly port: number; readonly handled: Promise<T> }> {
  const { promise: handled, resolve, reject } = Promise.withResolvers<T>();
  // Whoever awaits it gets the failure.
  handled.catch(() => undefined);
  const server = createServer((request, response) => {
    const done = (): void => void response.end();
    handle(request).then(resolve, reject).finally(done);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/`, port: address.port, handled };
}

/** What a handler made of a form with one file. */
export async function received<T>(
  file: File,
  handle: (request: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { url, handled } = await receiving(handle);
  const body = new FormData();
  body.set('avatar', file);
  const answer = fetch(url, { method: 'POST', body }).catch(() => undefined);
  const made = await handled;
  await answer;
  return made;
}

/** What a handler made of a request whose sender goes away after 100 kB of a megabyte. */
export async function interrupted<T>(handle: (request: IncomingMessage) => Promise<T>): Promise<T> {
  const { port, handled } = await receiving(handle);
  const socket = connect(port, '127.0.0.1');
  const start =
    '--x\r\nContent-Disposition: form-data; name="avatar"; filename="me.bin"\r\n' +
    'Content-Type: application/octet-stream\r\n\r\n';
  socket.write(
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n' +
      `Content-Length: 1000000\r\n\r\n${start}`,
  );
  socket.write(Buffer.alloc(100_000, 1), () => setTimeout(() => socket.destroy(), 50));
  return await handled;
}

/** The first file of a form as busboy gives it; the parser hears when the request breaks. */
export async function busboyPart(
  request: IncomingMessage,
  options: BusboyConfig = {},
): Promise<FilePart> {
  const parser = busboy({ ...options, headers: request.headers });
  const { promise, resolve, reject } = Promise.withResolvers<FilePart>();
  parser.on('file', (_name, file, info) => resolve({ file, ...info }));
  parser.on('error', reject);
  pipeline(request, parser, () => undefined);
  return await promise;
}
