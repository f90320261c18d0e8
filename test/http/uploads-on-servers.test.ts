import { randomUUID } from 'node:crypto';
import { uploadHandler } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { sitesOf } from './sites.ts';
import { uploadSite } from './upload-site.ts';

const { storages } = await uploadSite();
const storage = storages.get('local');

async function sign(kind: 'form' | 'put' | 'begin'): Promise<{ url: string; name: string }> {
  const name = `incoming/${randomUUID()}`;
  const grant = { name, type: 'text/plain', maxSize: 1_000_000, expiresIn: 60 };
  const { url } = await storage.createUpload(grant, { kind });
  return { url, name };
}

const handler = uploadHandler({
  storages,
  createUpload: async ({ filename }) => Response.json({ filename }, { status: 201 }),
});
const headers = { 'Content-Type': 'text/plain' };

describe.each(await sitesOf(handler))('uploads to $form', ({ fetch: send }) => {
  it('are announced in JSON', async () => {
    const response = await send('/uploads', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"filename":"ü.txt"}',
    });

    expect(await response.json()).toEqual({ filename: 'ü.txt' });
  });

  it('arrive whole', async () => {
    const { url, name } = await sign('put');

    const response = await send(url, { method: 'PUT', headers, body: 'x'.repeat(1_000_000) });

    expect(response.status).toBe(200);
    expect(await storage.size(name)).toBe(1_000_000);
  });

  it('arrive as a form', async () => {
    const { url, name } = await sign('form');
    const body = new FormData();
    body.set('key', name);
    body.set('Content-Type', 'text/plain');
    body.set('file', new Blob(['x'.repeat(1_000_000)]));

    const response = await send(url, { method: 'POST', body });

    expect(response.status).toBe(204);
    expect(await storage.size(name)).toBe(1_000_000);
  });

  it('are answered when they are refused, whatever is still sent', async () => {
    const { url } = await sign('put');

    const response = await send(url, { method: 'PUT', headers, body: 'x'.repeat(8_000_000) });

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('<Code>EntityTooLarge</Code>');
  });

  it('begin in parts', async () => {
    const { url } = await sign('begin');

    const response = await send(url, { method: 'POST', headers });

    expect(await response.text()).toContain('<UploadId>');
  });
});
