/**
 * A server in a process of its own: `node http-child.ts <variant> <directory>` prints its port, and how many bytes it has
 * grown at most when its input ends.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { defineStorages, FileSystemStorage } from '@filefield/core';
import { mediaHandler, readForm } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import busboy from 'busboy';
import { collectGarbage } from './measure.ts';

const [variant = '', location = ''] = process.argv.slice(2);
const storages = defineStorages({
  default: () => new FileSystemStorage({ location, baseUrl: '/', visibility: 'public' }),
});
const storage = storages.get('default');

const variants: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  mediaHandler: nodeHandler(mediaHandler({ storages })),
  'createReadStream().pipe()': (request, response) => {
    const path = join(location, request.url ?? '');
    void stat(path).then(({ size }) => {
      response.setHeader('Content-Length', size);
      return createReadStream(path).pipe(response);
    });
  },
  'readForm() and save()': nodeHandler(async (request) => {
    await readForm(request, {
      files: { file: async (part) => storage.save('u/f.bin', part.file) },
    });
    return new Response(null, { status: 204 });
  }),
  'busboy to a file': receive(async (file) => {
    await pipeline(file, createWriteStream(join(location, 'u', randomUUID())));
  }),
  'busboy to a file, sha256 and fsync': receive(async (file) => {
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const path = join(location, 'u', randomUUID());
    await pipeline(file, hashing, createWriteStream(path));
    await using written = await open(path, 'r+');
    await written.sync();
  }),
};

const listener = variants[variant];
if (listener === undefined) throw new TypeError(`Cannot serve ${variant}: no such variant`);
const server = createServer(listener);
server.listen(0, '127.0.0.1', () => {
  collectGarbage();
  const start = process.memoryUsage.rss();
  let peak = start;
  setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  process.stdin.resume().on('end', () => {
    process.stdout.write(`${peak - start}\n`, () => process.exit());
  });
});

function receive(
  store: (file: Readable) => Promise<void>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const parser = busboy({ headers: request.headers });
    const stored: Promise<void>[] = [];
    parser.on('file', (_name, file) => stored.push(store(file)));
    parser.on('close', () => {
      void Promise.all(stored).then(() => response.writeHead(204).end());
    });
    request.pipe(parser);
  };
}
