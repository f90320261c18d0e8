import { createServer } from 'node:http';
import { join } from 'node:path';
import {
  defineStorages,
  FileSystemStorage,
  resize,
  type FieldFile,
  type FoundVariant,
} from '@filefield/core';
import { asLibrary, variantFile, variantLinks, variantName } from '@filefield/core/binding';
import {
  downloadHandler,
  errorResponse,
  mediaHandler,
  serveFile,
  variantHandler,
  type VariantHandlerOptions,
} from '@filefield/http';
import { fastifyHandler, koaHandler, nodeHandler } from '@filefield/http/node';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { fileOf, uniqueText } from './served-files.ts';
import { running } from './sites.ts';

describe('the README of @filefield/http shows how to', () => {
  it('serve URLs and downloads', async () => {
    const directory = await temporaryDirectory();
    const userOf = (request: Request): string | null => request.headers.get('x-user');
    const documentOf = async (_request: Request): Promise<{ file: FieldFile; owner: string }> => ({
      file: fileOf(storages.get('private'), { name: uniqueText, filename: 'Hello.txt' }),
      owner: 'ada',
    });

    // #region serve
    const storages = defineStorages({
      private: () =>
        new FileSystemStorage({
          location: join(directory, 'private'),
          baseUrl: '/media/private/',
          keys: ['at least 32 characters that nobody knows'],
        }),
    });

    const media = mediaHandler({ storages }); // what file.url leads to
    const download = downloadHandler({
      async authorize(request) {
        const user = userOf(request);
        if (user === null) return new Response(null, { status: 401 });
        const document = await documentOf(request);
        return document.owner === user ? document.file : null; // null: 404
      },
    });

    const app = new Hono();
    app.all('/media/*', async (context) => media(context.req.raw));
    app.get('/documents/:id', async (context) => download(context.req.raw));
    // #endregion
    const storage = storages.get('private');
    await storage.save(uniqueText, 'Hello, world');

    const byUrl = await app.request(storage.url(uniqueText));
    const byView = await app.request('/documents/1', { headers: { 'x-user': 'ada' } });
    const refused = await app.request('/documents/1', { headers: { 'x-user': 'bob' } });

    expect(await byUrl.text()).toBe('Hello, world');
    expect(byView.headers.get('content-disposition')).toBe('inline; filename=Hello.txt');
    expect(await byView.text()).toBe('Hello, world');
    expect(refused.status).toBe(404);
  });

  it('serve one file', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });
    await storage.save(uniqueText, 'Hello, world');
    const file = fileOf(storage, { name: uniqueText, type: 'text/plain', size: 12 });
    const request = new Request('http://localhost/', { headers: { range: 'bytes=-5' } });

    // #region file
    const response = await serveFile(file, request, { disposition: 'attachment' });
    response.headers.set('Cross-Origin-Resource-Policy', 'same-origin'); // yours come last
    // #endregion

    expect(await response.text()).toBe('world');
  });

  it('serve variants that are made on demand', async () => {
    const directory = await temporaryDirectory();
    const keys = ['at least 32 characters that nobody knows'];
    const storages = defineStorages({
      default: () => new FileSystemStorage({ location: directory }),
    });
    const file = variantFile('thumb', resize(64), { name: uniqueText, size: 12 });
    const files: Pick<VariantHandlerOptions, 'findVariant'> = {
      findVariant: async (): Promise<FoundVariant> => {
        const name = variantName(uniqueText, file);
        await storages.get('default').save(name, 'pixels', asLibrary({}));
        return { kind: 'object', storage: 'default', name, type: 'image/webp' };
      },
    };

    // #region variants
    const variants = variantHandler({
      storages,
      keys, // those of fileFields()
      baseUrl: '/variants/', // fileFields({ variants: { baseUrl: '/variants/' } })
      findVariant: (link, { signal }) => files.findVariant(link, { signal }),
    });

    const app = new Hono();
    app.get('/variants/*', async (context) => variants(context.req.raw));
    // #endregion
    const onDemand = variantLinks({ baseUrl: '/variants/', keys })('User.avatar');
    const row = { storage: 'default', name: uniqueText };
    const url = onDemand({ row, variant: 'thumb', file, isPublic: false, options: {} });
    const response = await app.request(url!);

    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(await response.text()).toBe('pixels');
  });

  it('use a handler on Node', async () => {
    const location = await temporaryDirectory();
    const storages = defineStorages({
      default: () => new FileSystemStorage({ location, baseUrl: '/media/', visibility: 'public' }),
    });
    await storages.get('default').save(uniqueText, 'Hello, world');

    // #region node
    const media = mediaHandler({ storages });

    const server = createServer(nodeHandler(media)); // node:http

    const expressApp = express().use('/media', nodeHandler(media));

    const fastifyApp = fastify();
    await fastifyApp.register(fastifyHandler(media), { prefix: '/media' });

    const koaApp = new Koa();
    koaApp.use(async (context, next) =>
      context.path.startsWith('/media/') ? koaHandler(media)(context) : next(),
    );
    // #endregion
    await fastifyApp.ready();
    const koaServer = createServer(
      (request, response) => void koaApp.callback()(request, response),
    );
    const sites = await Promise.all(
      [server, expressApp, fastifyApp.server, koaServer].map(async (site) => running(site)),
    );
    const texts = sites.map(async ({ url }) => (await fetch(`${url}/media/${uniqueText}`)).text());

    expect(new Set(await Promise.all(texts))).toEqual(new Set(['Hello, world']));
  });

  it('answer errors', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });
    await storage.save('taken.txt', 'x');

    // #region errors
    async function upload(request: Request): Promise<Response> {
      try {
        const { name } = await storage.save('taken.txt', request.body ?? '', { ifExists: 'error' });
        return Response.json({ name }, { status: 201 });
      } catch (error) {
        return errorResponse(error, request); // throws what the client can do nothing about
      }
    }
    // #endregion
    const response = await upload(new Request('http://localhost/', { method: 'POST', body: 'y' }));

    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { code: 'FILE_EXISTS' } });
  });
});
