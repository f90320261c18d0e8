import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { FileValidationError, UploadRejectedError, type UploadGrant } from '@filefield/core';
import { uploadHandler } from '@filefield/http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { end, field, file } from './form-body.ts';
import { filesIn, uploadSite, type SignedUpload, type UploadSite } from './upload-site.ts';

const site = await uploadSite();

async function postJson(
  path: string,
  body: unknown,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await fetch(site.url + path, { method: 'POST', headers, body: text });
}

/** Sends bytes as a browser does what was signed. */
async function send(signed: SignedUpload, text: string): Promise<Response> {
  if (signed.fields === undefined) {
    return await fetch(signed.url, { ...init(signed), body: text });
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(signed.fields)) form.set(name, value);
  form.set('file', new Blob([text]));
  return await fetch(signed.url, { method: 'POST', headers: signed.headers, body: form });
}

function init({ method, headers }: SignedUpload): RequestInit {
  return { method, headers: { ...headers } };
}

async function stored(name: string, { storages }: UploadSite = site): Promise<string | undefined> {
  const storage = storages.get('local');
  if (!(await storage.exists(name))) return undefined;
  return await new Response(await storage.open(name)).text();
}

async function errorOf(response: Response): Promise<[number, string | undefined]> {
  return [response.status, /<Code>(.*)<\/Code>/.exec(await response.text())?.[1]];
}

/** Begins an upload in parts and sends them; answers its id and their ETags. */
async function sendParts(
  grant: Partial<UploadGrant> & { name: string },
  ...parts: readonly string[]
): Promise<{ uploadId: string; etags: readonly string[] }> {
  const begun = await site.sign(grant, { kind: 'begin' });
  const answer = await (await fetch(begun.url, init(begun))).text();
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(answer)?.[1] ?? '';
  const etags = await Promise.all(
    parts.map(async (text, index) => {
      const step = { kind: 'part', uploadId, partNumber: index + 1 } as const;
      const response = await send(await site.sign(grant, step), text);
      return response.headers.get('etag') ?? '';
    }),
  );
  return { uploadId, etags };
}

function completion(etags: readonly string[]): string {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

/** Sends the beginning of a request of 900 bytes. */
function beginSending(signed: SignedUpload, start: string): Socket {
  const { port, pathname, search } = new URL(signed.url);
  const headers = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const type = signed.fields
    ? 'Content-Type: multipart/form-data; boundary=x\r\n'
    : headers.join('');
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `${signed.method} ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\n${type}Content-Length: 900\r\n\r\n${start}`,
  );
  return socket;
}

/** Waits until so many uploads of a site are unfinished. */
async function untilUnfinished({ storages }: UploadSite, count: number): Promise<void> {
  await expect
    .poll(async () => Array.fromAsync(storages.get('local').unfinished!()))
    .toHaveLength(count);
}

describe('asking for an upload', () => {
  it('answers what createUpload() does, as 201', async () => {
    const response = await postJson('/uploads', { filename: 'me.png', size: 10, method: 'form' });

    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ token: 'a-token', request: { method: 'POST' } });
  });

  it('passes on what it knows, and nothing else', async () => {
    const asked = { filename: 'a', type: 'image/png', size: 0, field: 'f', sha256: 'a'.repeat(64) };

    await postJson('/uploads', { ...asked, subject: 'admin', maxSize: 1e15, expiresIn: 1e9 });

    expect(site.asked.at(-1)).toEqual({ ...asked, method: undefined });
  });

  it.each<[string, unknown, number]>([
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['null', 'null', 400],
    ['a list', [], 400],
    ['no filename', {}, 400],
    ['an empty filename', { filename: '' }, 400],
    ['a filename that is none', { filename: { $ne: 1 } }, 400],
    ['a filename without end', { filename: 'x'.repeat(4097) }, 400],
    ['a negative size', { filename: 'a', size: -1 }, 400],
    ['a size in words', { filename: 'a', size: '10' }, 400],
    ['half a byte', { filename: 'a', size: 0.5 }, 400],
    ['a type that is none', { filename: 'a', type: 7 }, 400],
    ['a checksum that is none', { filename: 'a', sha256: 'A'.repeat(64) }, 400],
    ['an unknown method', { filename: 'a', method: 'ftp' }, 400],
    ['a field that is none', { filename: 'a', field: ['b'] }, 400],
    ['a body without end', { filename: 'a', more: 'x'.repeat(70_000) }, 413],
  ])('is refused with %s', async (_, body, status) => {
    const response = await postJson('/uploads', body);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: 'BAD_REQUEST' } });
  });

  it.each([
    ['as text', { 'Content-Type': 'text/plain' }],
    ['as a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['as what only begins like JSON', { 'Content-Type': 'application/jsonp' }],
  ])('is refused %s, which pages of other sites can send', async (_, headers) => {
    const response = await postJson('/uploads', { filename: 'a' }, headers);

    expect(response.status).toBe(415);
  });

  it.each([
    ['GET', 405],
    ['PUT', 405],
    ['OPTIONS', 405],
  ])('is a POST, not a %s', async (method, status) => {
    const response = await fetch(`${site.url}/uploads`, { method });

    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it.each<[string, Error | Response, number, object]>([
    [
      'the rules of the field',
      new FileValidationError('User.avatar', [{ validator: 'accept', message: 'no image' }]),
      422,
      { code: 'FILE_VALIDATION', issues: [{ validator: 'accept', message: 'no image' }] },
    ],
    [
      'the library',
      new UploadRejectedError('expired', 'Cannot sign: it is over'),
      403,
      { code: 'UPLOAD_REJECTED', reason: 'expired', message: 'Cannot sign: it is over' },
    ],
    [
      'the application',
      Response.json({ error: { code: 'LOGIN' } }, { status: 401 }),
      401,
      { code: 'LOGIN' },
    ],
  ])('answers what %s has against it', async (_, answer, status, error) => {
    const refuse = async (): Promise<Response> => {
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const handle = uploadHandler({ storages: site.storages, createUpload: refuse });

    const response = await handle(
      new Request(`${site.url}/uploads`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"filename":"a"}',
      }),
    );

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
  });
});

describe('an answer of the application', () => {
  it('is sent as it is, whatever class a server put in the place of Response', async () => {
    const answer = Response.json({ error: { code: 'LOGIN' } }, { status: 401 });
    const native = globalThis.Response;
    onTestFinished(() => void (globalThis.Response = native));
    globalThis.Response = class extends native {};
    const handle = uploadHandler({ storages: site.storages, createUpload: async () => answer });

    const response = await handle(
      new Request(`${site.url}/uploads`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"filename":"a"}',
      }),
    );

    expect(response.status).toBe(401);
  });
});

describe('asking for a further request', () => {
  it('answers what signUpload() does', async () => {
    const step = { kind: 'part', uploadId: 'u', partNumber: 2, more: 1 };

    const response = await postJson('/uploads/sign', { token: 'a', step });

    expect(response.status).toBe(200);
    const { url } = (await response.json()) as { url: string };
    const token = new URL(url, site.url).searchParams.get('grant') ?? '';
    expect(site.storages.get('local').uploads?.read(token)).toMatchObject({
      step: { kind: 'part', uploadId: 'u', partNumber: 2 },
    });
  });

  it.each<[string, unknown]>([
    ['no token', { step: { kind: 'form' } }],
    ['a token that is none', { token: 7, step: { kind: 'form' } }],
    ['a token without end', { token: 'x'.repeat(20_000), step: { kind: 'form' } }],
    ['no step', { token: 'a' }],
    ['a step of no kind', { token: 'a', step: {} }],
    ['an unknown step', { token: 'a', step: { kind: 'delete' } }],
    ['a part without upload', { token: 'a', step: { kind: 'part', partNumber: 1 } }],
    ['a part 0', { token: 'a', step: { kind: 'part', uploadId: 'u', partNumber: 0 } }],
    ['a part 10,001', { token: 'a', step: { kind: 'part', uploadId: 'u', partNumber: 10_001 } }],
    ['an upload with a blank', { token: 'a', step: { kind: 'abort', uploadId: 'a b' } }],
  ])('is refused with %s', async (_, body) => {
    expect((await postJson('/uploads/sign', body)).status).toBe(400);
  });

  it('is not there without signUpload()', async () => {
    const { url } = await uploadSite({ signUpload: undefined });

    const response = await fetch(`${url}/uploads/sign`, { method: 'POST' });

    expect(response.status).toBe(404);
  });
});

describe('a whole upload', () => {
  it.each(['form', 'put'] as const)('arrives as a %s', async (kind) => {
    const signed = await site.sign({}, { kind });

    const response = await send(signed, 'hello');

    expect(response.ok).toBe(true);
    expect(await stored(signed.name)).toBe('hello');
  });

  it.each(['form', 'put'] as const)('of no bytes arrives as a %s', async (kind) => {
    const signed = await site.sign({}, { kind });

    await send(signed, '');

    expect(await stored(signed.name)).toBe('');
  });

  it.each<['form' | 'put', string, Partial<UploadGrant>, string, number, string]>([
    ['form', 'one byte too many', {}, 'x'.repeat(1001), 400, 'EntityTooLarge'],
    ['put', 'one byte too many', {}, 'x'.repeat(1001), 400, 'EntityTooLarge'],
    ['form', 'megabytes too many', {}, 'x'.repeat(5_000_000), 400, 'EntityTooLarge'],
    ['put', 'megabytes too many', {}, 'x'.repeat(5_000_000), 400, 'EntityTooLarge'],
    ['form', 'fewer bytes than announced', { size: 10 }, 'x'.repeat(9), 400, 'EntityTooSmall'],
    ['put', 'fewer bytes than announced', { size: 10 }, 'x'.repeat(9), 400, 'EntityTooSmall'],
    ['form', 'more bytes than announced', { size: 10 }, 'x'.repeat(11), 400, 'EntityTooLarge'],
    ['form', 'other bytes than announced', { sha256: 'a'.repeat(64) }, 'x', 400, 'BadDigest'],
    ['put', 'other bytes than announced', { sha256: 'a'.repeat(64) }, 'x', 400, 'BadDigest'],
  ])('as a %s of %s is refused, and nothing stays', async (kind, _, grant, text, ...error) => {
    const signed = await site.sign(grant, { kind });

    const response = await send(signed, text);

    expect(await errorOf(response)).toEqual(error);
    expect(await stored(signed.name)).toBeUndefined();
    expect(await Array.fromAsync(site.storages.get('local').unfinished!())).toEqual([]);
  });

  it('with the announced checksum arrives', async () => {
    const sha256 = createHash('sha256').update('hello').digest('hex');
    const signed = await site.sign({ sha256, size: 5 }, { kind: 'put' });

    expect((await send(signed, 'hello')).status).toBe(200);
  });

  it.each(['form', 'put'] as const)('as a %s is refused the second time', async (kind) => {
    const signed = await site.sign({}, { kind });
    await send(signed, 'first');

    expect(await errorOf(await send(signed, 'second'))).toEqual([412, 'PreconditionFailed']);
    expect(await stored(signed.name)).toBe('first');
  });

  it('is one of twenty that are sent at once', async () => {
    const signed = await site.sign({}, { kind: 'put' });

    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(signed, `text ${index}`)),
    );

    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 412)).toHaveLength(19);
    expect(await stored(signed.name)).toBe(`text ${statuses.indexOf(200)}`);
  });

  it.each<['form' | 'put', (name: string) => string]>([
    ['put', () => 'x'.repeat(500)],
    [
      'form',
      (name) =>
        field('key', name) +
        field('Content-Type', 'text/plain') +
        file('file', 'a', 'x'.repeat(300)).slice(0, -2),
    ],
  ])('as a %s whose sender goes away leaves nothing', async (kind, startOf) => {
    const own = await uploadSite();
    const signed = await own.sign({}, { kind });

    const socket = beginSending(signed, startOf(signed.name));
    await untilUnfinished(own, 1);
    socket.destroy();
    await untilUnfinished(own, 0);

    expect(await filesIn(own.root)).toEqual([]);
    expect(own.failures).toEqual([]);
  });

  it('of a slow sender arrives', async () => {
    const own = await uploadSite();
    const signed = await own.sign({}, { kind: 'put' });
    const socket = beginSending(signed, '');

    await Array.fromAsync({ length: 9 }, async () => {
      socket.write('x'.repeat(100));
      await wait(10);
    });
    await once(socket, 'data');
    socket.destroy();

    expect(await stored(signed.name, own)).toBe('x'.repeat(900));
  });

  it('as a PUT of another type is refused', async () => {
    const signed = await site.sign({}, { kind: 'put' });

    const response = await send({ ...signed, headers: { 'Content-Type': 'text/html' } }, 'x');

    expect(await errorOf(response)).toEqual([403, 'AccessDenied']);
    expect(await stored(signed.name)).toBeUndefined();
  });

  it('may be a form with further fields, before and behind', async () => {
    const { url, name } = await site.sign();
    const fields = field('KEY', name) + field('content-type', 'text/plain') + field('x', '1');

    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: fields + file('file', 'a.txt', 'hello') + field('y', '2') + end,
    });

    expect(response.status).toBe(204);
    expect(await stored(name)).toBe('hello');
  });

  it.each<[string, (name: string) => string, number, string]>([
    ['without fields', () => file('file', 'a', 'x') + end, 403, 'AccessDenied'],
    [
      'with another key',
      () =>
        field('key', 'incoming/y') +
        field('Content-Type', 'text/plain') +
        file('file', 'a', 'x') +
        end,
      403,
      'AccessDenied',
    ],
    [
      'with another type',
      (name) =>
        field('key', name) + field('Content-Type', 'text/html') + file('file', 'a', 'x') + end,
      403,
      'AccessDenied',
    ],
    [
      'with its fields behind the file',
      (name) =>
        file('file', 'a', 'x') + field('key', name) + field('Content-Type', 'text/plain') + end,
      403,
      'AccessDenied',
    ],
    [
      'without file',
      (name) => field('key', name) + field('Content-Type', 'text/plain') + end,
      400,
      'InvalidArgument',
    ],
    [
      'that is cut off',
      (name) =>
        field('key', name) +
        field('Content-Type', 'text/plain') +
        file('file', 'a', 'x').slice(0, -2),
      400,
      'MalformedPOSTRequest',
    ],
    ['that is none', () => 'x', 400, 'MalformedPOSTRequest'],
    [
      'with fields without end',
      (name) => field('key', name).repeat(21) + end,
      400,
      'EntityTooLarge',
    ],
  ])('as a form %s is refused', async (_, bodyOf, ...error) => {
    const { url, name } = await site.sign();

    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: bodyOf(name),
    });

    expect(await errorOf(response)).toEqual(error);
    expect(await stored(name)).toBeUndefined();
  });

  it('is refused as another kind of body', async () => {
    const { url } = await site.sign();

    expect(await errorOf(await fetch(url, { method: 'POST', body: 'x' }))).toEqual([
      415,
      'MalformedPOSTRequest',
    ]);
  });
});

describe('a grant', () => {
  it.each<[string, (token: string) => string]>([
    ['that is empty', () => ''],
    ['that is changed', (token) => token.replace(/^./, 'f')],
    ['without signature', (token) => token.replace(/\..*/, '')],
    ['without end', () => 'x'.repeat(10_000)],
  ])('%s is forged', async (_, forge) => {
    const signed = await site.sign({}, { kind: 'put' });
    const url = new URL(signed.url);
    url.searchParams.set('grant', forge(url.searchParams.get('grant') ?? ''));

    const response = await send({ ...signed, url: url.href }, 'x');

    expect(await errorOf(response)).toEqual([403, 'AccessDenied']);
    expect(await stored(signed.name)).toBeUndefined();
  });

  it('that is over is refused', async () => {
    const signed = await site.sign({ expiresIn: 1 }, { kind: 'put' });
    await wait(1100);

    const response = await send(signed, 'x');

    expect(response.status).toBe(403);
    expect(await response.text()).toContain('Request has expired');
  });

  it('of another storage leads there, and nowhere else', async () => {
    const { storages } = site;
    const grant = { name: 'incoming/theirs', type: 'text/plain', maxSize: 10, expiresIn: 60 };
    const request = await storages.get('other').createUpload(grant, { kind: 'put' });

    await fetch(site.url + request.url, {
      method: 'PUT',
      headers: { ...request.headers },
      body: 'x',
    });

    expect(await storages.get('other').exists('incoming/theirs')).toBe(true);
    expect(await storages.get('local').exists('incoming/theirs')).toBe(false);
  });

  it('of another application is forged', async () => {
    const elsewhere = await uploadSite();
    const handle = uploadHandler({
      storages: { aliases: [], get: elsewhere.storages.get.bind(elsewhere.storages) },
      createUpload: async () => new Response(),
    });
    const { url } = await elsewhere.sign({}, { kind: 'put' });

    expect((await handle(new Request(url, { method: 'PUT', body: 'x' }))).status).toBe(403);
  });

  it.each<[string, string, string]>([
    ['form', 'PUT', 'POST'],
    ['put', 'POST', 'PUT'],
    ['put', 'GET', 'PUT'],
    ['begin', 'DELETE', 'POST'],
  ])('for a %s is none for a %s', async (kind, method, allowed) => {
    const signed = await site.sign({}, { kind: kind as 'form' | 'put' | 'begin' });

    const response = await fetch(signed.url, { ...init(signed), method });

    expect(response.headers.get('allow')).toBe(allowed);
    expect(await errorOf(response)).toEqual([405, 'MethodNotAllowed']);
  });
});

describe('an upload in parts', () => {
  it('arrives as S3 would take it', async () => {
    const name = 'incoming/parts';
    const { uploadId, etags } = await sendParts({ name, maxSize: 1e7 }, 'one ', 'two ', 'three');
    const signed = await site.sign({ name }, { kind: 'complete', uploadId });

    const response = await fetch(signed.url, { method: 'POST', body: completion(etags) });

    expect(response.headers.get('content-type')).toBe('application/xml');
    expect(await response.text()).toMatch(
      `<CompleteMultipartUploadResult><Location>${site.url}/uploads</Location><Key>${name}</Key>`,
    );
    expect(await stored(name)).toBe('one two three');
    expect(etags[0]).toMatch(/^"[0-9a-f]{64}"$/);
  });

  it('lists the parts that arrived', async () => {
    const name = 'incoming/listed';
    const { uploadId, etags } = await sendParts({ name }, 'one', 'three');
    const signed = await site.sign({ name }, { kind: 'parts', uploadId });

    const list = await (await fetch(signed.url)).text();

    expect(list).toContain('<IsTruncated>false</IsTruncated>');
    expect(list).toContain(
      `<Part><PartNumber>2</PartNumber><ETag>&quot;${etags[1]?.slice(1, -1)}&quot;</ETag><Size>5</Size></Part>`,
    );
  });

  it('is gone when it is aborted', async () => {
    const name = 'incoming/aborted';
    const { uploadId } = await sendParts({ name }, 'one', 'two');
    const aborted = await site.sign({ name }, { kind: 'abort', uploadId });
    const listed = await site.sign({ name }, { kind: 'parts', uploadId });

    const response = await fetch(aborted.url, { method: 'DELETE' });

    expect(response.status).toBe(204);
    expect(await errorOf(await fetch(listed.url))).toEqual([404, 'NoSuchUpload']);
  });

  it.each<[string, (etags: readonly string[]) => string, string]>([
    ['another ETag', ([one]) => completion([one ?? '', 'abc']), 'InvalidPart'],
    ['a part that never arrived', (etags) => completion([...etags, 'abc']), 'InvalidPart'],
    [
      'parts that are not in order',
      ([one, two]) => completion([one ?? '', two ?? '']).replace('>1<', '>3<'),
      'InvalidPart',
    ],
    ['no parts', () => completion([]), 'InvalidPart'],
    ['nothing', () => '', 'MalformedXML'],
    ['other XML', () => '<a/>', 'MalformedXML'],
    [
      'a part without number',
      (etags) => completion(etags).replace(/<PartNumber>.*?r>/, ''),
      'MalformedXML',
    ],
    [
      'a part without ETag',
      (etags) => completion(etags).replace(/<ETag>.*?g>/, ''),
      'MalformedXML',
    ],
    [
      'something between the parts',
      (etags) => completion(etags).replace('<Part>', 'x<Part>'),
      'MalformedXML',
    ],
    [
      'an entity of a document type',
      (etags) => `<!DOCTYPE a [<!ENTITY e "x">]>${completion(etags)}`,
      'MalformedXML',
    ],
    ['a body without end', () => 'x'.repeat(3_000_000), 'MalformedXML'],
  ])('is not completed with %s', async (_, bodyOf, code) => {
    const name = `incoming/wrong-${Math.random()}`;
    const { uploadId, etags } = await sendParts({ name }, 'one', 'two');
    const signed = await site.sign({ name }, { kind: 'complete', uploadId });

    const response = await fetch(signed.url, { method: 'POST', body: bodyOf(etags) });

    expect(await errorOf(response)).toEqual([400, code]);
    expect(await stored(name)).toBeUndefined();
  });

  it('is not completed with fewer bytes than announced', async () => {
    const grant = { name: 'incoming/short', size: 10 };
    const { uploadId, etags } = await sendParts(grant, 'one', 'two');
    const signed = await site.sign(grant, { kind: 'complete', uploadId });

    const response = await fetch(signed.url, { method: 'POST', body: completion(etags) });

    expect(await errorOf(response)).toEqual([400, 'EntityTooSmall']);
  });

  it('refuses the part that makes it too large', async () => {
    const name = 'incoming/large';
    const { uploadId } = await sendParts({ name }, 'x'.repeat(600));
    const signed = await site.sign({ name }, { kind: 'part', uploadId, partNumber: 2 });

    expect(await errorOf(await send(signed, 'x'.repeat(500)))).toEqual([400, 'EntityTooLarge']);
  });

  it('keeps its other parts when the sender of one goes away', async () => {
    const name = 'incoming/broken';
    const { uploadId } = await sendParts({ name }, 'one');
    const signed = await site.sign({ name }, { kind: 'part', uploadId, partNumber: 2 });

    const before = await filesIn(site.root);
    const socket = beginSending(signed, 'x'.repeat(500));
    await expect.poll(async () => filesIn(site.root)).toHaveLength(before.length + 1);
    socket.destroy();

    await expect.poll(async () => filesIn(site.root)).toEqual(before);
  });

  it('takes a part once that is sent ten times at once', async () => {
    const name = 'incoming/again';
    const { uploadId } = await sendParts({ name });
    const signed = await site.sign({ name }, { kind: 'part', uploadId, partNumber: 1 });

    const responses = await Promise.all(Array.from({ length: 10 }, () => send(signed, 'same')));

    const etags = new Set(responses.map(({ headers }) => headers.get('etag')));
    expect(etags.size).toBe(1);
    const completed = await site.sign({ name }, { kind: 'complete', uploadId });
    await fetch(completed.url, { method: 'POST', body: completion([...etags].map(String)) });
    expect(await stored(name)).toBe('same');
  });

  it('is completed once of five times at once', async () => {
    const name = 'incoming/once';
    const { uploadId, etags } = await sendParts({ name }, 'x'.repeat(500), 'y'.repeat(500));
    const { url } = await site.sign({ name }, { kind: 'complete', uploadId });

    const responses = await Promise.all(
      Array.from({ length: 5 }, () => fetch(url, { method: 'POST', body: completion(etags) })),
    );

    const statuses = responses.map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412, 412]);
    expect(await stored(name)).toBe('x'.repeat(500) + 'y'.repeat(500));
  });
});

describe('a page of another origin', () => {
  const page = 'https://app.example.com';

  it('may upload where it is listed, as the browser asks', async () => {
    const { url } = await uploadSite({ origins: [page] });

    const response = await fetch(`${url}/uploads?grant=x`, {
      method: 'OPTIONS',
      headers: {
        Origin: page,
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'content-type,x-csrf-token',
      },
    });

    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-headers': 'content-type,x-csrf-token',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
  });

  it('reads answers and ETags where it is listed, refusals too', async () => {
    const { url } = await uploadSite({ origins: [page] });

    const response = await fetch(`${url}/uploads?grant=x`, {
      method: 'PUT',
      headers: { Origin: page },
    });

    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(response.headers.get('access-control-expose-headers')).toBe('ETag, Location');
  });

  it('reads what the application answers, a redirect too', async () => {
    const { url } = await uploadSite({
      origins: [page],
      createUpload: async () => Response.redirect('https://app.example.com/login'),
    });

    const response = await fetch(`${url}/uploads`, {
      method: 'POST',
      headers: { Origin: page, 'Content-Type': 'application/json' },
      body: '{"filename":"a"}',
      redirect: 'manual',
    });

    expect(response.status).toBe(302);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
  });

  it.each([
    ['another page', 'https://evil.example.com'],
    ['another scheme', 'http://app.example.com'],
    ['no origin', 'null'],
  ])('may not where it is not listed: %s', async (_, origin) => {
    const { url } = await uploadSite({ origins: [page] });

    const response = await fetch(`${url}/uploads`, {
      method: 'OPTIONS',
      headers: { Origin: origin },
    });

    expect(response.status).toBe(405);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('vary')).toBe('Origin');
  });

  it.each(['*', 'app.example.com', `${page}/`, 'null', ''])('cannot be listed as %j', (origin) => {
    const create = async (): Promise<Response> => new Response();

    expect(() =>
      uploadHandler({ storages: site.storages, createUpload: create, origins: [origin] }),
    ).toThrow(TypeError);
  });
});

describe('a client that is refused', () => {
  it('reads the answer although it still sends', async () => {
    const { url } = await site.sign({}, { kind: 'put' });
    const socket = connect(site.port, '127.0.0.1');
    const { pathname, search } = new URL(url);
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 4000000\r\n\r\n`,
    );

    const [answer] = await once(socket, 'data');
    socket.write(Buffer.alloc(4_000_000));
    socket.write(`GET /uploads HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const [next] = await once(socket, 'data');
    socket.destroy();

    expect(String(answer)).toMatch(/^HTTP\/1.1 400 /);
    expect(String(next)).toMatch(/^HTTP\/1.1 405 /);
  });
});

describe('everything that was refused or broke off', () => {
  it('has left no file, and no error of the server', async () => {
    const own = await uploadSite();
    const { url } = await own.sign({}, { kind: 'put' });

    await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'text/html' }, body: 'x' });

    expect(await filesIn(own.root)).toEqual([]);
    expect([...own.failures, ...site.failures]).toEqual([]);
  });
});
