import { FieldFile } from '@filefield/core';
import type { CreateUploadOptions } from '@filefield/mikro-orm';
import { describe, expect, it } from 'vitest';
import { createApp, outcome } from '../support.ts';
import { createUploadApp, key, Page } from './support.ts';

describe('files.createUpload()', () => {
  it('answers what the browser has to send, and until when, and a token', async () => {
    const { announce } = await createUploadApp();

    const upload = await announce();

    expect(upload.name).toMatch(/^incoming\/[0-9a-f]{40}$/);
    expect(upload.request).toMatchObject({ method: 'POST', fields: { key: upload.name } });
    expect(upload.token).toMatch(/^[\w-]+\.[\w-]+$/);
    const seconds = (Date.parse(upload.expiresAt) - Date.now()) / 1000;
    expect(Math.round(seconds / 60)).toBe(60);
  });

  it('lists the upload before anybody can send it, and reclaims what no row takes', async () => {
    const { app, upload } = await createUploadApp();
    await upload('hello');

    expect(await app.journal()).toEqual([expect.stringMatching(/^[0-9a-f]{40} direct later$/)]);
    expect(await app.reclaim()).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['a filename that is none', { filename: 7 }, 'filename'],
    ['no filename', { filename: undefined }, 'filename'],
    ['an empty filename', { filename: '' }, 'filename'],
    ['a size that is no number', { size: '5' }, 'size'],
    ['a negative size', { size: -1 }, 'size'],
    ['half a byte', { size: 0.5 }, 'size'],
    ['no size at all', { size: null }, 'size'],
    ['an endless size', { size: Infinity }, 'size'],
    ['a type that is none', { type: ['image/png'] }, 'type'],
    ['a checksum that is none', { sha256: 'abc' }, 'sha256'],
    ['a method that is none', { method: 'delete' }, 'method'],
    ['more than the field allows', { size: 1001 }, 'maxSize'],
    ['more than the application allows', { size: 11, maxSize: 10 }, 'maxSize'],
  ])('refuses %s', async (_, options, validator) => {
    const { app, announce } = await createUploadApp();

    const refused = announce(options as CreateUploadOptions);

    await expect(refused).rejects.toMatchObject({
      code: 'FILE_VALIDATION',
      issues: [expect.objectContaining({ validator })],
    });
    expect(await app.journal()).toEqual([]);
  });

  it('refuses at once what the field does not accept', async () => {
    const { app } = await createUploadApp();
    const create = (filename: string, size: number): Promise<unknown> =>
      app.files.createUpload(Page, 'cover', { filename, size });

    await expect(create('me.pdf', 0)).rejects.toMatchObject({
      issues: [{ validator: 'allowEmpty' }, { validator: 'accept' }],
    });
    expect(await outcome(create('me.png', 5))).toBe('ok');
    expect(await outcome(create('me.TXT', 5))).toBe('ok');
  });

  it('refuses to live longer than the upload may wait', async () => {
    const { announce } = await createUploadApp({ uploadTimeout: '1m' });

    expect(await outcome(announce({ expiresIn: 61 }))).toBe('RangeError');
    expect(await outcome(announce({ expiresIn: 60 }))).toBe('ok');
  });

  it('refuses an upload that nothing limits', async () => {
    const { app } = await createUploadApp();
    const create = async (limits: Partial<CreateUploadOptions>): Promise<unknown> =>
      await app.files.createUpload(Page, 'attachment', { filename: 'a.txt', ...limits });

    await expect(create({})).rejects.toMatchObject({
      code: 'FILE_VALIDATION',
      issues: [{ validator: 'size' }],
    });
    expect(await outcome(create({ size: 5 }))).toBe('ok');
    expect(await outcome(create({ maxSize: 5 }))).toBe('ok');
  });

  it('says of a storage that it takes none, and lists nothing', async () => {
    const app = await createApp([Page], { files: { keys: [key] } });

    const refused = app.files.createUpload(Page, 'photo', { filename: 'a.txt' });

    expect(await outcome(refused)).toBe('UnsupportedOperationError');
    expect(await app.journal()).toEqual([]);
  });
});

describe('a method that the storage does not know', () => {
  it('is wrong with the announcement, not with the server', async () => {
    const { app, announce } = await createUploadApp();

    await expect(announce({ method: 'put' })).rejects.toMatchObject({
      code: 'FILE_VALIDATION',
      issues: [{ validator: 'method', received: 'put' }],
    });
    expect(await app.journal()).toEqual([]);
  });

  it('is wrong with the step that is to be signed', async () => {
    const { app, announce } = await createUploadApp();
    const { token } = await announce();

    const refused = app.files.signUpload(token, { kind: 'put' });

    expect(await outcome(refused)).toBe('FileValidationError');
  });
});

describe('files.signUpload()', () => {
  it('signs further requests for as long as the upload may be sent', async () => {
    const { app, announce } = await createUploadApp();
    const { token } = await announce({ expiresIn: 100 });

    const request = await app.files.signUpload(token, {
      kind: 'part',
      uploadId: 'x',
      partNumber: 1,
    });

    expect(request.url).toMatch(/^memory:part\?expires=(?:99|100)$/);
  });

  it.each([
    ['forged', async () => ({ token: 'x', subject: '7' })],
    [
      'subject',
      async (announce: (o: object) => Promise<{ token: string }>) => ({
        ...(await announce({ subject: '8' })),
        subject: '7',
      }),
    ],
  ])('refuses a token that is %s', async (reason, make) => {
    const { app, announce } = await createUploadApp();
    const { token, subject } = await make(announce);

    const refused = app.files.signUpload(token, { kind: 'begin' }, { subject });

    expect(await outcome(refused)).toBe(`UploadRejectedError ${reason}`);
  });

  it('refuses when a row has taken the upload', async () => {
    const { app, upload, insert } = await createUploadApp();
    const token = await upload('hello');
    await insert(FieldFile.fromUpload(token));

    const refused = app.files.signUpload(token, { kind: 'begin' });

    expect(await outcome(refused)).toBe('UploadRejectedError used');
  });

  it('refuses a token of another database, whose uploads nobody here would reclaim', async () => {
    const staging = await createUploadApp();
    const { token } = await staging.announce();
    const { app } = await createUploadApp();

    const refused = app.files.signUpload(token, { kind: 'begin' });

    expect(await outcome(refused)).toBe('UploadRejectedError used');
  });

  it('refuses when the upload may not be sent any more, although a row may still take it', async () => {
    const { app, announce, send, insert, photos } = await createUploadApp();
    const upload = await announce({ expiresIn: 1 });
    await send(upload, 'hello');
    await new Promise((resolve) => setTimeout(resolve, 1050));

    const refused = app.files.signUpload(upload.token, { kind: 'begin' });

    expect(await outcome(refused)).toBe('UploadRejectedError expired');
    await insert(FieldFile.fromUpload(upload.token));
    expect(await photos()).toHaveLength(1);
  });
});
