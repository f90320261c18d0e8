import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import express, { type ErrorRequestHandler } from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { fastifyHandler, koaHandler, nodeHandler } from '@filefield/http/node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { running, sitesOf } from './sites.ts';

const failure = new Error('the storage is broken');
const failing = async (): Promise<Response> => Promise.reject(failure);
const path = async ({ url }: Request): Promise<Response> => new Response(new URL(url).pathname);

const sites = await sitesOf(async (request) => {
  const { pathname, search } = new URL(request.url);
  if (pathname === '/cookies') {
    const headers = new Headers();
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    return new Response(null, { status: 204, headers });
  }
  if (pathname === '/sum') {
    const hash = createHash('sha256');
    for await (const chunk of request.body ?? []) hash.update(chunk);
    return new Response(hash.digest('hex'));
  }
  if (pathname === '/early') return new Response('enough', { status: 413 });
  const told = { method: request.method, search, x: request.headers.get('x-test') };
  return Response.json({ ...told, body: await request.text() });
});

describe.each(sites)('a handler in $form', ({ fetch }) => {
  it.each(['PUT', 'POST', 'PATCH', 'DELETE'])(
    'gets method, query, headers and body of %s',
    async (method) => {
      const init = { method, body: 'Grüße', headers: { 'x-test': 'a, b' } };

      const response = await fetch('/a?b=c%20d&b=e', init);

      expect(await response.json()).toEqual({
        method,
        search: '?b=c%20d&b=e',
        x: 'a, b',
        body: 'Grüße',
      });
    },
  );

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'image/png'])(
    'gets bytes of %s as they were sent',
    async (type) => {
      const body = randomBytes(3_000_000);

      const response = await fetch('/sum', {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });

      expect(await response.text()).toBe(createHash('sha256').update(body).digest('hex'));
    },
  );

  it('answers before it has read the body', async () => {
    const response = await fetch('/early', { method: 'PUT', body: new Uint8Array(100_000) });

    expect(response.status).toBe(413);
    expect(await response.text()).toBe('enough');
  });

  it('sets several cookies', async () => {
    const response = await fetch('/cookies');

    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });
});

describe('a handler that is mounted', () => {
  it('gets the whole URL in Express', async () => {
    const { url } = await running(express().use('/a/b', nodeHandler(path)));

    expect(await (await fetch(`${url}/a/b/c`)).text()).toBe('/a/b/c');
  });

  it('gets the whole URL in Fastify', async () => {
    const app = fastify();
    app.register(fastifyHandler(path), { prefix: '/a/b' });
    await app.ready();
    const { url } = await running(app.server);

    expect(await (await fetch(`${url}/a/b/c`)).text()).toBe('/a/b/c');
    expect(await (await fetch(`${url}/a/b`)).text()).toBe('/a/b');
  });

  it('gets the whole URL in Koa', async () => {
    const app = new Koa();
    app.use(async (context, next) => {
      context.path = '/c';
      await next();
    });
    const { url } = await running(app.use(koaHandler(path)).callback());

    expect(await (await fetch(`${url}/a/b/c`)).text()).toBe('/a/b/c');
  });

  it('leaves the other routes of Fastify their parsers', async () => {
    const app = fastify();
    app.register(fastifyHandler(path), { prefix: '/a' });
    app.post('/json', async ({ body }) => body);
    await app.ready();
    const { url } = await running(app.server);

    const init = {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    };

    expect(await (await fetch(`${url}/json`, init)).json()).toEqual({ a: 1 });
  });
});

describe('a body that was parsed before', () => {
  it.each<[what: string, type: string, body: string]>([
    ['JSON', 'application/json', '{"a":[1,"Grüße"]}'],
    ['text', 'text/plain', 'Grüße'],
    ['bytes', 'image/png', 'png'],
  ])('reaches the handler: %s', async (_what, type, body) => {
    const app = express().use(express.json(), express.text(), express.raw({ type: 'image/png' }));
    app.use(nodeHandler(async (request) => new Response(await request.text())));
    const { url } = await running(app);

    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });

    expect(await response.text()).toBe(body);
  });
});

describe('an error of a handler', () => {
  it('is answered 500 on node:http, and told', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const { url } = await running(nodeHandler(failing, { onError }));

    const response = await fetch(url);

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('broken');
    expect(onError.mock.calls).toEqual([[failure]]);
  });

  it('leaves nothing of an answer whose body never began', async () => {
    const body = new ReadableStream({ pull: () => Promise.reject(failure) });
    const headers = { 'content-length': '3', etag: '"x"', 'cache-control': 'max-age=1' };
    const handler = async (): Promise<Response> => new Response(body, { headers });
    const { url } = await running(nodeHandler(handler, { onError: () => undefined }));

    const response = await fetch(url);

    expect(response.status).toBe(500);
    expect(response.headers.get('etag')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 'FAILED' } });
  });

  it("is nobody's when the client goes away before it is told", async () => {
    const rejected = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', rejected);
    onTestFinished(() => void process.off('unhandledRejection', rejected));
    const { url } = await running((request, response) => {
      const onError = (): unknown => request.socket.destroy();
      nodeHandler(failing, { onError })(request, response);
    });

    await expect(fetch(url)).rejects.toThrow('fetch failed');
    await wait(20);

    expect(rejected).not.toHaveBeenCalled();
  });

  it("is Express's", async () => {
    const told: ErrorRequestHandler = (error, _request, response, _next) =>
      void response.status(503).send(String(error));
    const { url } = await running(express().use(nodeHandler(failing), told));

    const response = await fetch(url);

    expect(response.status).toBe(503);
    expect(await response.text()).toBe(String(failure));
  });

  it("is Koa's", async () => {
    const errors: unknown[] = [];
    const app = new Koa().on('error', (error) => errors.push(error));
    const { url } = await running(app.use(koaHandler(failing)).callback());

    const response = await fetch(url);

    expect(response.status).toBe(500);
    expect(errors).toEqual([failure]);
  });

  it("is Fastify's", async () => {
    const app = fastify();
    app.register(fastifyHandler(failing));
    app.setErrorHandler((error, _request, reply) => reply.code(503).send(String(error)));
    await app.ready();
    const { url } = await running(app.server);

    const response = await fetch(url);

    expect(response.status).toBe(503);
    expect(await response.text()).toBe(String(failure));
  });
});

describe('the signal of a request', () => {
  it('is aborted when the client goes away while it uploads', async () => {
    const { promise: ended, resolve } = Promise.withResolvers<unknown>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<number>();
    const handler = async ({ body, signal }: Request): Promise<Response> => {
      signal.addEventListener('abort', () => resolve(signal.reason));
      for await (const { byteLength } of body ?? []) begin(byteLength);
      return new Response();
    };
    const { port } = await running(nodeHandler(handler));
    const socket = connect(port, '127.0.0.1');
    socket.write('PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc');

    await begun;
    socket.destroy();

    expect(await ended).toMatchObject({ name: 'AbortError' });
  });

  it('is not aborted when the answer has been sent', async () => {
    const signals: AbortSignal[] = [];
    const { url } = await running(
      nodeHandler(async ({ signal }) => {
        signals.push(signal);
        return new Response('done');
      }),
    );

    const text = await (await fetch(url, { headers: { connection: 'close' } })).text();

    expect(text).toBe('done');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});
