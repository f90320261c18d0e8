/**
 * A process of its own that serves a directory: `node serve-child.ts <location>` prints its port, and for every line that
 * it gets what it has cost so far.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { FileSystemStorage } from '@filefield/core';
import { serveFile } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';

/** What serving has cost. */
export interface ServingCost {
  /** Bytes that the process has grown at most, since it began to listen. */
  readonly growth: number;
  /** Bytes that were read and given to sockets. */
  readonly given: number;
}

const [location = ''] = process.argv.slice(2);
const storage = new FileSystemStorage({ location });
const sockets = new Set<{ bytesWritten: number }>();
const listener = nodeHandler(async (request) => {
  const name = new URL(request.url).pathname.slice(1);
  return serveFile({ storage, name }, request);
});
const server = createServer(listener).on('connection', (socket) => sockets.add(socket));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  const start = process.memoryUsage.rss();
  let peak = start;
  setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5).unref();
  createInterface(process.stdin).on('line', () => {
    const given = [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    process.stdout.write(`${JSON.stringify({ growth: peak - start, given })}\n`);
  });
});
process.stdin.on('end', () => process.exit());
