import { FieldFile } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { outcome } from '../support.ts';
import { createUploadApp, key, Page, type UploadApp } from './support.ts';

const noSha256 = '0'.repeat(64);

/** The token of another payload under the same signature. */
function tampered(token: string): string {
  const [body = '', signature = ''] = token.split('.');
  const data = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), maxSize: 1e9 };
  return `${Buffer.from(JSON.stringify(data)).toString('base64url')}.${signature}`;
}

type Attempt = (page: UploadApp) => Promise<FieldFile>;

const attempts: [why: string, what: string, attempt: Attempt][] = [
  [
    'forged',
    'a token that was changed',
    async (a) => FieldFile.fromUpload(tampered(await a.upload('hello'))),
  ],
  [
    'forged',
    'a token without its signature',
    async (a) => FieldFile.fromUpload((await a.upload('hello')).split('.')[0]!),
  ],
  [
    'forged',
    'a token with a signature of two',
    async (a) => FieldFile.fromUpload(`${await a.upload('hello')}.x`),
  ],
  [
    'forged',
    'a token with padding',
    async (a) => FieldFile.fromUpload(`${await a.upload('hello')}=`),
  ],
  ['forged', 'an empty text', async () => FieldFile.fromUpload('')],
  ['forged', 'a very long text', async () => FieldFile.fromUpload(`${'a'.repeat(1e6)}.b`)],
  ['forged', 'the name of an object', async (a) => FieldFile.fromUpload((await a.announce()).name)],
  [
    'subject',
    'a token of somebody else',
    async (a) => FieldFile.fromUpload(await a.upload('hello', { subject: '7' }), { subject: '8' }),
  ],
  [
    'subject',
    'a token of somebody, by nobody',
    async (a) => FieldFile.fromUpload(await a.upload('hello', { subject: '7' })),
  ],
  [
    'subject',
    'a token of nobody, by somebody',
    async (a) => FieldFile.fromUpload(await a.upload('hello'), { subject: '7' }),
  ],
  [
    'missing',
    'an upload that was never sent',
    async (a) => FieldFile.fromUpload((await a.announce()).token),
  ],
  [
    'size',
    'one that is larger than the field allows',
    async (a) => FieldFile.fromUpload(await a.upload('x'.repeat(1001))),
  ],
  [
    'size',
    'one that is larger than was asked for',
    async (a) => FieldFile.fromUpload(await a.upload('hello', { maxSize: 4 })),
  ],
  [
    'size',
    'one that is shorter than announced',
    async (a) => FieldFile.fromUpload(await a.upload('hell', { size: 5 })),
  ],
  [
    'size',
    'one that is empty where bytes were announced',
    async (a) => FieldFile.fromUpload(await a.upload('', { size: 5 })),
  ],
  [
    'type',
    'a page that is called an image',
    async (a) => FieldFile.fromUpload(await a.upload('<html><script>', { filename: 'me.png' })),
  ],
  [
    'type',
    'a page that is called a text',
    async (a) => FieldFile.fromUpload(await a.upload('<!doctype html>')),
  ],
  [
    'type',
    'an image of another kind',
    async (a) => FieldFile.fromUpload(await a.upload('GIF89a......', { filename: 'me.png' })),
  ],
  [
    'type',
    'rubbish that is called an image',
    async (a) => FieldFile.fromUpload(await a.upload('rubbish', { filename: 'me.png' })),
  ],
  [
    'type',
    'another type than was announced without an extension',
    async (a) =>
      FieldFile.fromUpload(await a.upload('GIF89a......', { filename: 'me', type: 'image/png' })),
  ],
  [
    'changed',
    'other bytes than were announced',
    async (a) => FieldFile.fromUpload(await a.upload('hello', { sha256: noSha256 })),
  ],
];

describe('the flush refuses', () => {
  it.each(attempts)('%s: %s', async (reason, _, attempt) => {
    const uploads = await createUploadApp();
    const { app, insert, photos } = uploads;
    const photo = await attempt(uploads);

    expect(await outcome(insert(photo))).toBe(`UploadRejectedError ${reason}`);

    expect(await photos()).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('field: an upload for another field', async () => {
    const { app, upload } = await createUploadApp();
    const em = app.em();
    em.create(Page, { title: 'a', cover: FieldFile.fromUpload(await upload('hello')) });

    expect(await outcome(em.flush())).toBe('UploadRejectedError field');

    expect(await app.em().count(Page)).toBe(0);
    expect(await app.reclaim()).toEqual([]);
  });

  it('used: an upload that a row has taken, also when the row and the upload are gone', async () => {
    const { app, upload, insert } = await createUploadApp();
    const token = await upload('hello');
    await insert(FieldFile.fromUpload(token));
    await app.sql('delete from page');
    await app.reclaim();

    expect(await outcome(insert(FieldFile.fromUpload(token)))).toBe('UploadRejectedError used');
    expect(await app.objects()).toEqual([]);
  });

  it('expired: an upload that waited too long', async () => {
    const { app, upload, insert } = await createUploadApp();
    const token = await upload('hello');
    await app.sql(`update file_journal set due_at = now() where reason = 'direct'`);

    expect(await outcome(insert(FieldFile.fromUpload(token)))).toBe('UploadRejectedError expired');
    expect(await app.reclaim()).toEqual([]);
  });

  it('expired: a token whose own time is over', async () => {
    const { upload, insert } = await createUploadApp({ uploadTimeout: '1s' });
    const token = await upload('hello');
    await new Promise((resolve) => setTimeout(resolve, 1100));

    expect(await outcome(insert(FieldFile.fromUpload(token)))).toBe('UploadRejectedError expired');
  });

  it('an upload that breaks a rule of the field, with all its issues', async () => {
    const { app, upload, insert, photos } = await createUploadApp();
    const photo = FieldFile.fromUpload(await upload('a virus'));

    await expect(insert(photo)).rejects.toMatchObject({
      code: 'FILE_VALIDATION',
      issues: [{ message: 'A virus was found.' }],
    });
    expect(await photos()).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('a text in place of a token, before anything happens', () => {
    expect(() => FieldFile.fromUpload({} as string)).toThrow(TypeError);
  });
});

describe('what a field refuses for what it is', () => {
  it.each([
    ['of the wrong size', 'x'.repeat(1001)],
    ['of the wrong type', '<html>'],
    ['that breaks a rule', 'a virus'],
  ])('is due at once: an upload %s', async (_, content) => {
    const { app, upload, insert } = await createUploadApp();

    await outcome(insert(FieldFile.fromUpload(await upload(content))));

    const waiting = (await app.journal()).filter((row) => !row.endsWith('due'));
    expect(waiting).toEqual([]);
  });

  it('may still arrive when nothing has arrived yet', async () => {
    const { announce, send, insert, photos } = await createUploadApp();
    const upload = await announce();
    await outcome(insert(FieldFile.fromUpload(upload.token)));

    await send(upload, 'hello');
    await insert(FieldFile.fromUpload(upload.token));

    expect(await photos()).toHaveLength(1);
  });
});

describe('an upload that is sent again', () => {
  it('before the flush is taken as it is then', async () => {
    const { announce, send, insert, photos } = await createUploadApp();
    const upload = await announce();
    await send(upload, 'one');
    await send(upload, 'two');

    await insert(FieldFile.fromUpload(upload.token));

    expect(await (await photos())[0]?.text()).toBe('two');
  });

  it('while the flush looks at it is refused', async () => {
    const { app, storage, announce, send, insert, photos } = await createUploadApp();
    const upload = await announce();
    await send(upload, 'good');
    storage.beforeCopy = async () => send(upload, 'evil');

    const refused = insert(FieldFile.fromUpload(upload.token));

    expect(await outcome(refused)).toBe('UploadRejectedError changed');
    expect(await photos()).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('after the commit changes nothing of the row, and is reclaimed', async () => {
    const { app, announce, send, insert, photos } = await createUploadApp();
    const upload = await announce();
    await send(upload, 'good');
    await insert(FieldFile.fromUpload(upload.token));
    await app.reclaim();

    await send(upload, 'evil');

    expect(await (await photos())[0]?.text()).toBe('good');
    await app.sql('update file_journal set due_at = now() where state = 2');
    await app.files.worker.drain();
    expect(await app.objects()).toEqual(['me.txt']);
  });
});

describe('keys', () => {
  const newer = 'another secret of 32 characters..';

  it('may be several: the first signs, all are accepted', async () => {
    const old = await createUploadApp();
    const token = await old.upload('hello');
    const accepting = await createUploadApp({ keys: [newer, key] });
    const refusing = await createUploadApp({ keys: [newer] });

    // What it names is unknown there, but its signature is good.
    expect(await outcome(accepting.insert(FieldFile.fromUpload(token)))).toBe(
      'UploadRejectedError used',
    );
    expect(await outcome(refusing.insert(FieldFile.fromUpload(token)))).toBe(
      'UploadRejectedError forged',
    );
  });

  it('are wanted: without them nothing is announced, and nothing listed', async () => {
    const { app, announce } = await createUploadApp({ keys: [] });

    expect(await outcome(announce())).toBe('StorageOptionsError');
    expect(await app.journal()).toEqual([]);
  });

  it('are refused when the ORM starts where they have fewer than 32 characters', async () => {
    expect(await outcome(createUploadApp({ keys: ['short'] }))).toBe('StorageOptionsError');
  });
});
