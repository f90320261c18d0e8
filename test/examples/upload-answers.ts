import { once } from 'node:events';
import { connect } from 'node:net';
import type { FileStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { basic, photo, type UploadRequest, type UploadServer } from './upload-server.ts';

/** An example 05-upload-view that runs, and where it keeps what is uploaded. */
export interface UploadPlace {
  readonly server: UploadServer;
  /** Sees what the example stores. */
  readonly storage: FileStorage;
  /** How its answers call the place. */
  readonly place: string;
}

/** What the view answers wherever it keeps the files. */
export function describeUploadAnswers({ server, storage, place }: UploadPlace): void {
  const names = (directory = ''): Promise<string[]> =>
    Array.fromAsync(storage.walk(directory), ({ name }) => name);

  it('saves the file and answers its URL', async () => {
    const answer = await server.upload('ada', await photo('me.png'));

    const fileUrl = expect.stringContaining('/user_upload_files/ada/me.png?');
    expect(answer).toEqual({ status: 200, body: { message: 'OK', fileUrl } });
    expect(await storage.size('user_upload_files/ada/me.png')).toBe(34_373);
  });

  it('answers 400 with name and place when the name is taken, and keeps the file', async () => {
    await server.upload('bob', await photo('me.png'));

    const answer = await server.upload('bob', new File(['%PDF-1.7\n%'], 'me.png'));

    const message = `Error: file me.png already exists at user_upload_files/bob in ${place}`;
    expect(answer).toEqual({ status: 400, body: { message } });
    expect(await storage.size('user_upload_files/bob/me.png')).toBe(34_373);
  });

  it('gives a name to one of several users at the same moment', async () => {
    const rivals = await Promise.all(['a', 'b', 'c', 'd'].map(async (end) => rival(end)));

    const answers = await Promise.all(rivals.map(async (file) => server.upload('eve', file)));

    const won = answers.findIndex(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(3);
    const bytes = new Response(await storage.open('user_upload_files/eve/me.png'));
    expect(await bytes.text()).toBe(await rivals[won]!.text());
    expect(await names('user_upload_files/eve')).toHaveLength(1);
  });

  it.each<[what: string, file: () => Promise<File>, issues: string[]]>([
    ['is too large', async () => large('large.png', 5_000_001), ['maxSize']],
    ['is far too large', async () => large('large.png', 20_000_000), ['maxSize']],
    ['is a page that calls itself a photo', async () => page('me.png'), ['accept']],
    ['is a photo that calls itself a page', async () => photo('me.html'), ['extensions']],
    ['is a page', async () => page('me.html'), ['accept', 'extensions']],
    ['is empty', async () => new File([], 'me.txt'), ['accept', 'extensions']],
  ])('answers 400 with the issues when the file %s', async (_what, file, issues) => {
    const { status, body } = await server.upload('joe', await file());

    expect(status).toBe(400);
    expect(body).toMatchObject({ issues: issues.map((validator) => ({ validator })) });
    expect(await names('user_upload_files/joe')).toEqual([]);
  });

  it.each([
    ['with a space', 'a b.png', 'a_b.png'],
    ['of another alphabet', 'Žluťoučký kůň.png', 'Žluťoučký_kůň.png'],
    ['that climbs', '../../climbs.png', 'climbs.png'],
    ['that climbs on Windows', '..\\..\\windows.png', 'windows.png'],
    ['with a drive', 'C:\\Users\\me\\drive.png', 'drive.png'],
    ['that begins at the top', '/etc/top.png', 'top.png'],
    ['of a device', 'CON.png', '_CON.png'],
    ['with markup', '"><img onerror=x>.png', '22img_onerrorx.png'],
    ['that turns round', 'turn\u202Egnp.exe.png', 'turngnp.exe.png'],
    ['with line breaks', 'a\r\nX-Evil: 1.png', 'a0D0AX-Evil_1.png'],
    ['of the library', '.filefield/owner.png', 'owner.png'],
    ['that is long', `${'x'.repeat(400)}.png`, `${'x'.repeat(251)}.png`],
  ])('makes a filename %s safe', async (_what, filename, safe) => {
    const before = await names();

    const { status } = await server.upload('mallory', await photo(filename));

    expect(status).toBe(200);
    expect(await names()).toEqual([...before, `user_upload_files/mallory/${safe}`].toSorted());
  });

  it.each(['.', '..', 'a/..', '\u202E'])('answers 400 to the filename %j', async (filename) => {
    const before = await names();

    const { status, body } = await server.upload('mallory', await photo(filename));

    expect(status).toBe(400);
    expect(body).toMatchObject({
      message: expect.stringMatching(/^Error: Cannot use .* as a file/),
    });
    expect(await names()).toEqual(before);
  });

  it.each([
    '../ada',
    'ada/../bob',
    'ada/photos',
    '/etc',
    '..',
    '.',
    ' ',
    'ada ',
    'ada\0',
    'ada\nbob',
    'ada\u202E',
    'ada\\bob',
    'ada%2Fbob',
    '%2e%2e',
    '.%00.',
    'photos.v',
    'NUL',
    'é'.normalize('NFD'),
    'x'.repeat(300),
  ])('answers 400 to the username %j', async (username) => {
    const before = await names();

    const { status, body } = await server.upload(username, await photo('me.png'));

    expect(status).toBe(400);
    expect(body).toMatchObject({
      message: expect.stringMatching(/^Error: Cannot use .* as a file/),
    });
    expect(await names()).toEqual(before);
  });

  it.each<[what: string, request: UploadRequest]>([
    ['is no form', { body: 'bytes' }],
    ['has no body', {}],
    ['is another kind of form', { body: new URLSearchParams({ file: 'me.png' }) }],
    ['has text for a file', { body: textForm() }],
    ['has a form that breaks off', brokenForm()],
  ])('answers 400 when the request %s', async (_what, request) => {
    const headers = { ...request.headers, ...basic('ada') };

    const answer = await server.send({ ...request, headers });

    const message = 'Error: the request is no form with a file';
    expect(answer).toEqual({ status: 400, body: { message } });
  });

  it('asks who it is', async () => {
    expect(await server.send({ body: textForm() })).toEqual({ status: 401, body: '' });
  });

  it('survives a request that is no URL', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');

    socket.write('POST // HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');

    expect(await new Response(ReadableStream.from(socket)).text()).toMatch(/^HTTP\/1\.1 500 /);
    expect(await server.send({})).toMatchObject({ status: 401 });
  });

  describe('an upload that is cut off', () => {
    it.each([
      ['leaves nothing', 'zoe'],
      ['leaves nothing of a user who may not upload either', 'zoe/..'],
    ])('%s', async (_what, username) => {
      const before = await names();

      await cutOff(server.url, username);

      const next = await server.upload('zoe', await page('me.html'));
      expect(next.status).toBe(400);
      expect(await names()).toEqual(before);
    });
  });
}

/** Photos of one name that differ in their last byte. */
async function rival(end: string): Promise<File> {
  return new File([await (await photo('me.png')).bytes(), end], 'me.png');
}

async function large(name: string, size: number): Promise<File> {
  const head = await (await photo(name)).bytes();
  return new File([head, new Uint8Array(size - head.byteLength)], name);
}

async function page(name: string): Promise<File> {
  return new File(['<!doctype html><script>alert(1)</script>'], name);
}

function textForm(): FormData {
  const form = new FormData();
  form.set('file', 'me.png');
  return form;
}

function brokenForm(): UploadRequest {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  return { headers, body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a' };
}

/** Sends the beginning of an upload, and goes away. */
async function cutOff(url: string, username: string): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const bytes = await (await photo('cut.png')).bytes();
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(username).authorization}\r\n` +
      'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n' +
      '--x\r\nContent-Disposition: form-data; name="file"; filename="cut.png"\r\n\r\n',
  );
  socket.write(bytes, () => setTimeout(() => socket.destroy(), 50));
  await once(socket, 'close');
}
