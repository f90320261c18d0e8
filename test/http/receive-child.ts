/**
 * A process of its own that receives into a directory: `node receive-child.ts <location>` prints its port, and for every
 * line that it gets how many bytes it has grown at most. `/form` takes forms with files, the rest direct uploads.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { defineStorages, FileSystemStorage } from '@filefield/core';
import { readForm, uploadHandler } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';

const [location = ''] = process.argv.slice(2);
const storages = defineStorages({
  local: () => new FileSystemStorage({ location, uploadUrl: '/', keys: ['k'.repeat(32)] }),
});
const uploads = uploadHandler({ storages, createUpload: async () => new Response() });
const listener = nodeHandler(async (request) => {
  if (!request.url.endsWith('/form')) return uploads(request);
  const { files } = await readForm(request, {
    limits: { fileBytes: 2 ** 30 },
    files: { file: async (part) => storages.get('local').save('form.bin', part.file) },
  });
  return Response.json(files.file);
});
const server = createServer(listener);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  const start = process.memoryUsage.rss();
  let peak = start;
  setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5).unref();
  createInterface(process.stdin).on('line', () => process.stdout.write(`${peak - start}\n`));
});
process.stdin.on('end', () => process.exit());
