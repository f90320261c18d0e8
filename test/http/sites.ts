import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import type { WebHandler } from '@filefield/http';
import { fastifyHandler, koaHandler, nodeHandler } from '@filefield/http/node';
import { afterwards } from '../support/afterwards.ts';

/** A handler in one of its forms. */
export interface Site {
  readonly form: string;
  /** Requests a path as a client does. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

/** What a framework gives to `createServer`. */
type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server on a port of its own, until the tests that share it are over. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
}

/** Starts a server for a listener, or one that is made already. */
export async function running(listener: Listener | Server): Promise<RunningServer> {
  const server =
    typeof listener === 'function'
      ? createServer((request, response) => void listener(request, response))
      : listener;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, server };
}

/** The handler in web form and in every server that it is made for. */
export async function sitesOf(handler: WebHandler): Promise<readonly Site[]> {
  const web: Site = {
    form: 'the web form',
    fetch: async (path, init) => handler(new Request(new URL(path, 'http://localhost'), init)),
  };
  const servers = await Promise.all(
    Object.entries(frameworks).map(async ([form, start]) => {
      const { url } = await running(await start(handler));
      return { form, fetch: async (path: string, init?: RequestInit) => fetch(url + path, init) };
    }),
  );
  return [web, ...servers];
}

/** What breaks off is not written among the results. */
const quiet = { onError: () => undefined };

const frameworks: Readonly<
  Record<string, (handler: WebHandler) => Listener | Server | Promise<Server>>
> = {
  'node:http': (handler) => nodeHandler(handler, quiet),
  'Express 5': (handler) => express().use('/', nodeHandler(handler, quiet)),
  'Fastify 5': async (handler) => {
    const app = fastify();
    app.register(fastifyHandler(handler, quiet));
    await app.ready();
    return app.server;
  },
  Koa: (handler) => {
    const app = new Koa();
    app.silent = true;
    return app.use(koaHandler(handler, quiet)).callback();
  },
  Hono: (handler) => {
    const app = new Hono();
    app.all('*', async (context) => handler(context.req.raw));
    // Other test files share this process, and its Response.
    return createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  },
};
