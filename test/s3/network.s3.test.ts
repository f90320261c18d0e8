import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, it, vi } from 'vitest';
import { tcpProxy } from '../support/tcp-proxy.ts';
import {
  createBucket,
  createStorage,
  headOf,
  names,
  requestsOf,
  serverOptions,
  textOf,
} from './support.ts';

const bucket = await createBucket();

/** An HTTP proxy that remembers what it was asked for. */
async function httpProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer().on('connect', ({ method, url }, near) => {
    asked.push(`${method} ${url}`);
    const { hostname, port } = new URL(`http://${url}`);
    const far = connect(Number(port), hostname, () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked };
}

describe('the connection to S3', () => {
  it('goes through the proxy that the options name', async () => {
    const proxy = await httpProxy();
    const storage = createStorage({ bucket, proxy: proxy.url });

    await storage.save('a.txt', 'through the proxy');

    expect(await textOf(storage, 'a.txt')).toBe('through the proxy');
    expect(proxy.asked).toContain(`CONNECT ${new URL(serverOptions.endpoint).host}`);
  });

  it('is not made before it is needed', async () => {
    const storage = createStorage({ bucket: 'nowhere', endpoint: 'http://127.0.0.1:9' });

    expect(storage.url('a.txt')).toContain('http://127.0.0.1:9/nowhere/');
    await storage.close();
  });

  it('is told of to a logger', async () => {
    const info = vi.fn<(request: object) => void>();
    const logger = { info, debug() {}, warn() {}, error() {} };
    const storage = createStorage({ bucket, client: { logger } });

    await storage.save('a.txt', 'bytes', { ifExists: 'overwrite' });

    expect(info).toHaveBeenCalledWith(expect.objectContaining({ commandName: 'PutObjectCommand' }));
  });

  it('is closed with the storage', async () => {
    const proxy = await tcpProxy(serverOptions.endpoint);
    const storage = createStorage({ bucket, endpoint: proxy.url });
    await storage.save('a.txt', 'bytes', { ifExists: 'overwrite' });
    expect(proxy.open).toBe(1);

    await storage.close();

    await expect.poll(() => proxy.open).toBe(0);
  });

  it('is the one of a client that the application brings, and stays open', async () => {
    const lender = createStorage({ bucket });
    const borrower = createStorage({ bucket, client: lender.client, credentials: undefined });
    const requests = requestsOf(lender);

    await borrower.save('a.txt', 'a');
    await borrower.close();
    await lender.save('b.txt', 'b');

    expect(requests.filter((one) => one === 'PutObject').length).toBeGreaterThanOrEqual(2);
    expect(await names(lender)).toEqual(['b.txt']);
  });
});

describe('the option checksums', () => {
  it('lets the SDK add its own where the server knows them', async () => {
    const storage = createStorage({ bucket, checksums: 'when-supported' });

    await storage.save('a.txt', 'bytes');

    expect(await textOf(storage, 'a.txt')).toBe('bytes');
    expect((await headOf(storage, 'a.txt')).ContentLength).toBe(5);
  });
});
