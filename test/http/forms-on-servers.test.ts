import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import fastify, { type FastifyRequest } from 'fastify';
import { FieldFile, FileSystemStorage } from '@filefield/core';
import { errorResponse, readForm, type WebHandler } from '@filefield/http';
import { nodeHandler, requestOf } from '@filefield/http/node';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { field, file } from './form-body.ts';
import { running, sitesOf } from './sites.ts';
import { filesIn } from './upload-site.ts';

function formOf(size: number): FormData {
  const form = new FormData();
  form.set('name', 'Ada');
  form.set('avatar', new File(['x'.repeat(size)], 'Grüße.txt', { type: 'text/plain' }));
  return form;
}

/** Answers how long each file is, and what it is called. */
const handler: WebHandler = async (request) => {
  try {
    return Response.json(await sizesOf(request));
  } catch (error) {
    return errorResponse(error, request);
  }
};

async function sizesOf(request: Request): Promise<object> {
  const { fields, files } = await readForm(request, {
    limits: { fileBytes: 2_000_000 },
    files: {
      avatar: async (part) => {
        const made = FieldFile.fromPart(part);
        return [made.filename, (await made.bytes()).byteLength];
      },
    },
  });
  return { name: fields.get('name'), avatar: files.avatar[0] };
}

describe.each(await sitesOf(handler))('a form that is sent to $form', ({ fetch: send }) => {
  it('is read while it arrives', async () => {
    const response = await send('/', { method: 'POST', body: formOf(1_500_000) });

    expect(await response.json()).toEqual({ name: 'Ada', avatar: ['Grüße.txt', 1_500_000] });
  });

  it('is answered when it is over a limit', async () => {
    const response = await send('/', { method: 'POST', body: formOf(6_000_000) });

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'FORM' } });
  });

  it('is answered when it is none', async () => {
    const response = await send('/', { method: 'POST', body: 'x' });

    expect(response.status).toBe(415);
  });
});

const frameworks: Readonly<Record<string, () => Promise<Server | ReturnType<typeof express>>>> = {
  async 'Express 5'() {
    const app = express();
    return app.post('/', (request, response, next) => {
      sizesOf(requestOf(request)).then((sizes) => response.json(sizes), next);
    });
  },
  async 'Fastify 5'() {
    const app = fastify();
    app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
    const handle = async ({ raw }: FastifyRequest): Promise<object> => sizesOf(requestOf(raw));
    app.route({ method: 'POST', url: '/', handler: handle });
    await app.ready();
    return app.server;
  },
};

describe.each(Object.entries(frameworks))('a route of %s', (_, start) => {
  it('reads a form by requestOf()', async () => {
    const { url } = await running(await start());

    const response = await fetch(url, { method: 'POST', body: formOf(100_000) });

    expect(await response.json()).toEqual({ name: 'Ada', avatar: ['Grüße.txt', 100_000] });
  });
});

describe('a form whose sender goes away', () => {
  it('leaves no file', async () => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({ location });
    const { promise: failed, resolve } = Promise.withResolvers<unknown>();
    const store: WebHandler = async (request) => {
      await readForm(request, {
        files: { avatar: async (part) => storage.save('avatar.txt', part.file) },
      }).catch(resolve);
      return new Response();
    };
    const { port } = await running(nodeHandler(store));

    const socket = connect(port, '127.0.0.1');
    const body = field('name', 'Ada') + file('avatar', 'a.txt', 'x'.repeat(200_000)).slice(0, -2);
    socket.write(
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000\r\n\r\n${body}`,
    );
    await expect.poll(async () => Array.fromAsync(storage.unfinished())).toHaveLength(1);
    socket.destroy();
    await once(socket, 'close');

    expect(await failed).toMatchObject({ code: 'FORM', status: 400 });
    expect(await filesIn(location)).toEqual([]);
  });
});
