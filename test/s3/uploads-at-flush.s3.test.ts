import { FieldFile, type DirectUpload, type UploadStep } from '@filefield/core';
import { fileField, type CreateUploadOptions } from '@filefield/mikro-orm';
import type { S3StorageOptions } from '@filefield/s3';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, inject, it } from 'vitest';
import { createApp, outcome, type App } from '../mikro-orm/support.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { refusal, sent, sentForm } from './sent-upload.ts';
import { swapping } from './swapping.ts';
import {
  createBucket,
  createStorage,
  headOf,
  onFirst,
  openUploads,
  pattern,
  requestsOf,
  sha256,
} from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const keys = ['a secret of more than 32 characters'];

const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ maxSize: 50 * mebibyte }).nullable(),
  }),
});

/** An application whose files are below a prefix of its own. */
async function createSite(options: Partial<S3StorageOptions> = {}) {
  const storage = createStorage({ bucket, ...options });
  const files = { environment: 'test', keys };
  const app = await createApp([Doc], { default: storage, files });
  const announce = async (announced: CreateUploadOptions): Promise<DirectUpload> =>
    await app.files.createUpload(Doc, 'file', announced);
  return { app, storage, announce };
}

async function saved(app: App, { token }: DirectUpload): Promise<FieldFile> {
  const em = app.em();
  const doc = em.create(Doc, { file: FieldFile.fromUpload(token) });
  await em.flush();
  return doc.file!;
}

/** Everything that the bucket holds once all that is due is reclaimed, tombstones too. */
async function left(app: App): Promise<string[]> {
  await app.reclaim();
  await app.sql('update file_journal set due_at = now() where state = 2');
  await app.files.worker.drain();
  return await app.objects();
}

async function sentInParts(
  app: App,
  { request, token }: DirectUpload,
  parts: Uint8Array<ArrayBuffer>[],
) {
  const sign = async (step: UploadStep) => await app.files.signUpload(token, step);
  const begun = await (await sent(request)).text();
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1] ?? '';
  const etags = await Promise.all(
    parts.map(async (part, index) => {
      const step = { kind: 'part', uploadId, partNumber: index + 1 } as const;
      const answer = await sent(await sign(step), part);
      return `<Part><PartNumber>${index + 1}</PartNumber><ETag>${answer.headers.get('etag')}</ETag></Part>`;
    }),
  );
  const list = `<CompleteMultipartUpload>${etags.join('')}</CompleteMultipartUpload>`;
  const complete = async () => await sent(await sign({ kind: 'complete', uploadId }), list);
  return {
    complete,
    list: async () => (await sent(await sign({ kind: 'parts', uploadId }))).text(),
  };
}

describe('a file that a browser sends to S3', () => {
  it.each(['form', 'put'] as const)('becomes the file of a row, by %s', async (method) => {
    const { app, announce } = await createSite();
    const upload = await announce({ filename: 'me.txt', size: 5, method });
    const answer = await (method === 'form' ? sentForm : sent)(upload.request, 'hello');

    const file = await saved(app, upload);

    expect(answer.ok).toBe(true);
    expect(file).toMatchObject({ filename: 'me.txt', size: 5, type: 'text/plain' });
    expect(await file.text()).toBe('hello');
    expect(await left(app)).toEqual(['me.txt']);
  });

  it('becomes the file of a row, in parts, and no byte passes through the application', async () => {
    const proxy = await tcpProxy(inject('s3Server').endpoint);
    const { endpoint: publicEndpoint } = inject('s3Server');
    const { app, announce } = await createSite({ endpoint: proxy.url, publicEndpoint });
    const bytes = new Uint8Array(pattern(6 * mebibyte));
    const upload = await announce({
      filename: 'film.bin',
      size: 6 * mebibyte,
      method: 'multipart',
    });
    const parts = [bytes.slice(0, 5 * mebibyte), bytes.slice(5 * mebibyte)];
    const { complete, list } = await sentInParts(app, upload, parts);
    const before = proxy.sent + proxy.received;

    expect((await list()).match(/<PartNumber>/g)).toHaveLength(2);
    expect((await complete()).ok).toBe(true);
    const file = await saved(app, upload);

    expect(proxy.sent + proxy.received - before).toBeLessThan(100_000);
    expect(await sha256(file.stream())).toBe(await sha256(bytes));
    expect(await left(app)).toEqual(['film.bin']);
  });

  it('gets the headers of a file that the application saves, and nothing of what arrived', async () => {
    const { app, storage, announce } = await createSite({
      objectParameters: { CacheControl: 'max-age=60' },
    });
    const upload = await announce({ filename: 'page.html', size: 6 });
    await sentForm(upload.request, '<html>');

    const { name, type } = await saved(app, upload);

    expect(type).toBe('text/html');
    expect(await headOf(storage, name!)).toMatchObject({
      ContentType: 'text/html',
      ContentDisposition: 'attachment',
      CacheControl: 'max-age=60',
    });
  });

  it('is compressed by the application where the storage compresses', async () => {
    const { app, storage, announce } = await createSite({ gzip: true });
    const content = 'a { b: c }'.repeat(600);
    const upload = await announce({ filename: 'me.css', size: 6000 });
    await sentForm(upload.request, content);

    const file = await saved(app, upload);

    expect(await headOf(storage, file.name!)).toMatchObject({ ContentEncoding: 'gzip' });
    expect(file).toMatchObject({ size: 6000, type: 'text/css' });
    expect(await file.text({ verify: true })).toBe(content);
  });

  it('costs no listing and no reading of more than its head, before and after it is copied', async () => {
    const { app, storage, announce } = await createSite();
    const upload = await announce({ filename: 'me.txt', size: 5 });
    await sentForm(upload.request, 'hello');
    const requests = requestsOf(storage);

    await saved(app, upload);

    const looks = ['HeadObject', 'GetObject'];
    expect(requests).toEqual([...looks, 'HeadObject', 'HeadObject', 'CopyObject', ...looks]);
  });
});

describe('S3 itself refuses', () => {
  it.each([
    ['what is larger than announced', 5, 'hello!', 'EntityTooLarge'],
    ['what is smaller than announced', 5, 'hell', 'EntityTooSmall'],
  ])('%s, and no row takes it', async (_, size, content, code) => {
    const { app, announce } = await createSite();
    const upload = await announce({ filename: 'me.txt', size });

    const answer = await sentForm(upload.request, content);

    expect(await refusal(answer)).toBe(code);
    expect(await outcome(saved(app, upload))).toBe('UploadRejectedError missing');
    expect(await left(app)).toEqual([]);
  });
});

describe('a sender who cheats', () => {
  it.each([
    ['type', 'me.png', '<html><script>alert(1)</script>'],
    ['type', 'me.txt', '<!doctype html><script>alert(1)</script>'],
  ])('is refused for its %s: %s', async (reason, filename, content) => {
    const { app, announce } = await createSite();
    const upload = await announce({ filename, size: content.length });
    await sentForm(upload.request, content);

    expect(await outcome(saved(app, upload))).toBe(`UploadRejectedError ${reason}`);
    expect(await left(app)).toEqual([]);
  });

  it.each([
    { what: 'its head is looked at', options: {}, first: '%PDF-', other: 'hello', from: 1 },
    {
      what: 'it is compressed',
      options: { gzip: true, gzipTypes: ['text/plain'] },
      first: 'hello',
      other: '%PDF-',
      from: 2,
    },
  ])('is refused when it is exchanged only while $what', async ({ options, from, ...bytes }) => {
    const { app, storage, announce } = await createSite(options);
    const upload = await announce({ filename: 'me.txt', size: 5 });
    const send = async (which: 'first' | 'other'): Promise<unknown> =>
      sentForm(upload.request, bytes[which]);
    await send('first');
    const log = swapping(storage, 'GetObject', send, { from });

    expect(await outcome(saved(app, upload))).toBe('UploadRejectedError changed');
    expect(log).toEqual(['other', 'first']);
    expect(await left(app)).toEqual([]);
  });

  it('is refused for bytes that are not those announced', async () => {
    const { app, announce } = await createSite();
    const upload = await announce({
      filename: 'me.txt',
      size: 5,
      sha256: await sha256('HELLO'),
    });
    await sentForm(upload.request, 'hello');

    expect(await outcome(saved(app, upload))).toBe('UploadRejectedError changed');
  });

  it.each(['GetObject', 'CopyObject'])(
    'is refused when he sends other bytes just before the flush asks for %s',
    async (command) => {
      const { app, storage, announce } = await createSite();
      const upload = await announce({ filename: 'me.txt', size: 5 });
      await sentForm(upload.request, 'hello');
      onFirst(storage, command, async () => sentForm(upload.request, 'HELLO'));

      expect(await outcome(saved(app, upload))).toBe('UploadRejectedError changed');
      expect(await app.em().count(Doc)).toBe(0);
      expect(await left(app)).toEqual([]);
    },
  );

  it('changes nothing that the row refers to by sending again afterwards', async () => {
    const { app, announce } = await createSite();
    const upload = await announce({ filename: 'me.txt', size: 5 });
    await sentForm(upload.request, 'hello');
    const file = await saved(app, upload);
    await app.reclaim();

    expect((await sentForm(upload.request, 'HELLO')).ok).toBe(true);

    expect(await file.text()).toBe('hello');
    expect(await left(app)).toEqual(['me.txt']);
    expect(await outcome(saved(app, upload))).toBe('UploadRejectedError used');
  });
});

describe('an upload in parts that is given up', () => {
  it('is reclaimed with its parts', async () => {
    const { app, announce } = await createSite();
    const upload = await announce({ filename: 'a.bin', size: 9, method: 'multipart' });
    await sentInParts(app, upload, [new Uint8Array(9)]);
    expect(await openUploads(bucket)).toHaveLength(1);

    expect(await left(app)).toEqual([]);

    expect(await openUploads(bucket)).toEqual([]);
  });

  it('is gone at once when the browser aborts it', async () => {
    const { app, announce } = await createSite();
    const upload = await announce({ filename: 'a.bin', size: 9, method: 'multipart' });
    const begun = await (await sent(upload.request)).text();
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1] ?? '';

    const abort = await app.files.signUpload(upload.token, { kind: 'abort', uploadId });
    await sent(abort);

    expect(await openUploads(bucket)).toEqual([]);
    expect(await outcome(saved(app, upload))).toBe('UploadRejectedError missing');
  });
});
