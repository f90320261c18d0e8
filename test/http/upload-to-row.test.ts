import {
  FieldFile,
  FileSystemStorage,
  type DirectUpload,
  type UploadRequest,
  type UploadStep,
} from '@filefield/core';
import { uploadHandler } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, type App } from '../mikro-orm/support.ts';
import { formOf } from '../support/send-upload.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { running } from './sites.ts';

const keys = ['a secret of more than 32 characters'];

const Member = defineEntity({
  name: 'Member',
  properties: (p) => ({
    id: p.integer().primary(),
    avatar: fileField({ uploadTo: 'avatars/', maxSize: 1000 }).nullable(),
  }),
});

interface Page {
  readonly app: App;
  /** What the browser asks the application in JSON. */
  readonly ask: (path: string, body: object) => Promise<Response>;
  readonly announce: (file: object) => Promise<DirectUpload>;
  readonly sign: (token: string, step: UploadStep) => Promise<UploadRequest>;
  readonly send: (request: UploadRequest, bytes: string) => Promise<Response>;
  readonly save: (upload: DirectUpload, subject?: string) => Promise<FieldFile>;
}

/** The application of user 7, whose files are on the disk, and his browser. */
async function openPage(): Promise<Page> {
  const location = await temporaryDirectory();
  const storage = new FileSystemStorage({ location, keys, uploadUrl: '/uploads' });
  const app = await createApp([Member], { default: storage, files: { keys } });
  const subject = '7';
  const handler = uploadHandler({
    storages: app.files.storages,
    createUpload: async (asked) => app.files.createUpload(Member, 'avatar', { ...asked, subject }),
    signUpload: async (token, step) => app.files.signUpload(token, step, { subject }),
  });
  const { url: origin } = await running(nodeHandler(handler));
  const ask = async (path: string, body: object): Promise<Response> =>
    await fetch(origin + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const answered = async <T>(response: Promise<Response>): Promise<T> =>
    (await (await response).json()) as T;
  return {
    app,
    ask,
    announce: async (file) => await answered<DirectUpload>(ask('/uploads', file)),
    sign: async (token, step) =>
      await answered<UploadRequest>(ask('/uploads/sign', { token, step })),
    send: async ({ method, url, headers, fields }, bytes) =>
      await fetch(new URL(url, origin), {
        method,
        headers,
        ...(method !== 'GET' &&
          method !== 'DELETE' && { body: fields ? formOf(fields, Buffer.from(bytes)) : bytes }),
      }),
    save: async ({ token }, user = subject) => {
      const em = app.em();
      const avatar = FieldFile.fromUpload(token, { subject: user });
      const member = em.create(Member, { avatar });
      await em.flush();
      return member.avatar!;
    },
  };
}

describe('a browser and a disk', () => {
  it.each(['form', 'put'])('bring a file to its row, by %s', async (method) => {
    const { app, announce, send, save } = await openPage();
    const upload = await announce({ filename: 'me.txt', size: 5, method });

    const { ok } = await send(upload.request, 'hello');
    const avatar = await save(upload);

    expect(ok).toBe(true);
    expect(avatar).toMatchObject({ filename: 'me.txt', size: 5, type: 'text/plain' });
    expect(await avatar.text()).toBe('hello');
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('bring it in parts, which may be asked for in between', async () => {
    const { app, announce, sign, send, save } = await openPage();
    const upload = await announce({ filename: 'me.txt', size: 10, method: 'multipart' });
    const begun = await (await send(upload.request, '')).text();
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1] ?? '';
    const part = async (partNumber: number, bytes: string): Promise<string> => {
      const request = await sign(upload.token, { kind: 'part', uploadId, partNumber });
      const etag = (await send(request, bytes)).headers.get('etag');
      return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`;
    };

    const parts = [await part(1, 'hello'), await part(2, 'world')];
    const listed = await send(await sign(upload.token, { kind: 'parts', uploadId }), '');
    const complete = await sign(upload.token, { kind: 'complete', uploadId });
    const list = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    await send(complete, list);

    expect((await listed.text()).match(/<PartNumber>/g)).toHaveLength(2);
    expect(await (await save(upload)).text()).toBe('helloworld');
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('are told what is wrong before a byte is sent', async () => {
    const { ask } = await openPage();

    const answer = await ask('/uploads', { filename: 'me.txt', size: 1001 });

    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      error: { code: 'FILE_VALIDATION', issues: [{ validator: 'maxSize' }] },
    });
  });

  it.each([
    ['larger', 'hello!', 400],
    ['smaller', 'hell', 400],
  ])(
    'are refused where the bytes are %s than announced, and leave nothing',
    async (_, bytes, status) => {
      const { app, announce, send, save } = await openPage();
      const upload = await announce({ filename: 'me.txt', size: 5 });

      expect((await send(upload.request, bytes)).status).toBe(status);

      expect(await outcome(save(upload))).toBe('UploadRejectedError missing');
      expect(await app.reclaim()).toEqual([]);
    },
  );

  it('are refused where the bytes are of another type', async () => {
    const { app, announce, send, save } = await openPage();
    const upload = await announce({ filename: 'me.png', size: 6 });
    await send(upload.request, '<html>');

    expect(await outcome(save(upload))).toBe('UploadRejectedError type');
    expect(await app.reclaim()).toEqual([]);
  });

  it('send an upload once: a second one is refused and changes nothing', async () => {
    const { announce, send, save } = await openPage();
    const upload = await announce({ filename: 'me.txt', size: 5 });
    await send(upload.request, 'first');

    expect((await send(upload.request, 'other')).status).toBe(412);
    expect(await (await save(upload)).text()).toBe('first');
  });

  it('may send again what is reclaimed, and it is reclaimed again', async () => {
    const { app, announce, send, save } = await openPage();
    const upload = await announce({ filename: 'me.txt', size: 5 });
    await send(upload.request, 'first');
    const avatar = await save(upload);
    await app.reclaim();

    expect((await send(upload.request, 'other')).ok).toBe(true);

    expect(await avatar.text()).toBe('first');
    expect(await outcome(save(upload))).toBe('UploadRejectedError used');
    await app.sql('update file_journal set due_at = now() where state = 2');
    await app.files.worker.drain();
    expect(await app.objects()).toEqual(['me.txt']);
  });

  it('are refused where another user wants the file', async () => {
    const { announce, send, save } = await openPage();
    const upload = await announce({ filename: 'me.txt', size: 5 });
    await send(upload.request, 'hello');

    expect(await outcome(save(upload, '8'))).toBe('UploadRejectedError subject');
  });

  it('leave nothing of parts that nobody completes', async () => {
    const { app, ask, announce, sign, send } = await openPage();
    const upload = await announce({ filename: 'me.txt', size: 10, method: 'multipart' });
    const begun = await (await send(upload.request, '')).text();
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1] ?? '';
    await send(await sign(upload.token, { kind: 'part', uploadId, partNumber: 1 }), 'hello');
    const signed = await sign(upload.token, { kind: 'part', uploadId, partNumber: 2 });
    expect(await Array.fromAsync(app.storage.unfinished!())).toHaveLength(1);

    await app.reclaim();

    expect(await Array.fromAsync(app.storage.unfinished!())).toEqual([]);
    expect((await send(signed, '')).status).toBe(404);
    const step = { kind: 'part', uploadId, partNumber: 2 };
    expect((await ask('/uploads/sign', { token: upload.token, step })).status).toBe(403);
  });
});
