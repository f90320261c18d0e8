import { createServer } from 'node:net';

/**
 * The first of `count` neighbouring ports that nobody listens on. Below the range from which systems take the ports of
 * outgoing connections, so none steals it.
 */
export async function freePort(count = 1): Promise<number> {
  const first = 20_000 + Math.floor(Math.random() * 12_000);
  const ports = Array.from({ length: count }, (_, index) => first + index);
  const free = await Promise.all(ports.map(isFree));
  return free.every(Boolean) ? first : freePort(count);
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
