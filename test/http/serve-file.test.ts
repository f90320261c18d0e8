import { MemoryStorage } from '@filefield/core';
import { serveFile, type WebHandler } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { fileOf, uniqueEmpty, uniqueText } from './served-files.ts';
import { sitesOf } from './sites.ts';

const storage = new MemoryStorage({ id: 'serve-file' });
await storage.save(uniqueText, 'Hello, world');
await storage.save(uniqueEmpty, '');
await storage.save('notes.txt', 'may change');
const uploadedAt = '2020-11-20T12:00:00.500Z';
const lastModified = 'Fri, 20 Nov 2020 12:00:00 GMT';
const hello = fileOf(storage, {
  name: uniqueText,
  filename: 'hello.txt',
  type: 'text/plain',
  size: 12,
  uploadedAt,
});
const empty = fileOf(storage, { name: uniqueEmpty, type: 'text/plain', size: 0 });
const gone = fileOf(storage, { name: 'gone_1.txt', type: 'text/plain', size: 3 });
const compressed = fileOf(storage, {
  name: uniqueText,
  type: 'text/plain',
  size: 12,
  storedSize: 9,
});

const files: Readonly<Record<string, WebHandler>> = {
  '/hello': async (request) => serveFile(hello, request),
  '/for-ever': async (request) => serveFile(hello, request, { immutable: true }),
  '/empty': async (request) => serveFile(empty, request),
  '/gone': async (request) => serveFile(gone, request),
  '/compressed': async (request) => serveFile(compressed, request),
  '/notes': async (request) => serveFile({ storage, name: 'notes.txt' }, request),
};
const sites = await sitesOf(async (request) => files[new URL(request.url).pathname]!(request));
const [web] = sites;
const tag = (await web!.fetch('/hello')).headers.get('etag')!;

describe.each(sites)('a file served in $form', ({ fetch }) => {
  it('comes whole', async () => {
    const response = await fetch('/hello');

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'content-disposition': 'inline; filename=hello.txt',
      'content-length': '12',
      'content-type': 'text/plain; charset=utf-8',
      'cross-origin-resource-policy': 'same-site',
      'last-modified': lastModified,
      'x-content-type-options': 'nosniff',
      etag: tag,
    });
    expect(await response.text()).toBe('Hello, world');
  });

  it('has the same headers for HEAD, and no bytes', async () => {
    const got = await fetch('/hello');

    const response = await fetch('/hello', { method: 'HEAD' });

    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(told(response)).toEqual(told(got));
    await got.body?.cancel();
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is not for %s', async (method) => {
    const response = await fetch('/hello', { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
  });

  it.each<[what: string, range: string, contentRange: string, text: string]>([
    ['from the start', 'bytes=0-4', 'bytes 0-4/12', 'Hello'],
    ['to the end', 'bytes=7-', 'bytes 7-11/12', 'world'],
    ['of the last bytes', 'bytes=-5', 'bytes 7-11/12', 'world'],
    ['past the end', 'bytes=7-99', 'bytes 7-11/12', 'world'],
    ['of more last bytes than there are', 'bytes=-99', 'bytes 0-11/12', 'Hello, world'],
    ['and one behind the end', 'bytes=50-60,0-0', 'bytes 0-0/12', 'H'],
    ['that overlap', 'bytes=0-4,3-6', 'bytes 0-6/12', 'Hello, '],
    [
      'with a number that no size has',
      `bytes=1-${'9'.repeat(400)}`,
      'bytes 1-11/12',
      'ello, world',
    ],
  ])('gives a range %s', async (_what, range, contentRange, text) => {
    const response = await fetch('/hello', { headers: { range } });

    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(await response.text()).toBe(text);
  });

  it.each<[what: string, path: string, range: string, contentRange: string]>([
    ['behind its end', '/hello', 'bytes=12-', 'bytes */12'],
    ['of its last no bytes', '/hello', 'bytes=-0', 'bytes */12'],
    ['of an empty file', '/empty', 'bytes=0-', 'bytes */0'],
  ])('has no range %s', async (_what, path, range, contentRange) => {
    const response = await fetch(path, { headers: { range } });

    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(await response.json()).toMatchObject({ error: { code: 'RANGE_NOT_SATISFIABLE' } });
  });

  it.each<[what: string, range: string]>([
    ['of lines', 'lines=0-4'],
    ['backwards', 'bytes=4-0'],
    ['without a unit', '0-4'],
    ['without numbers', 'bytes=-'],
    ['of nothing', 'bytes='],
    ['with spaces before the list', 'bytes =0-4'],
    ['of hexadecimal numbers', 'bytes=0x0-0x4'],
    ['below zero', 'bytes=--5'],
    ['with a good one and a bad one', 'bytes=0-4,x'],
    ['in the twenty-first place', `bytes=${'0-0,'.repeat(20)}1-1`],
  ])('ignores a range %s', async (_what, range) => {
    const response = await fetch('/hello', { headers: { range } });

    expect(response.status).toBe(200);
    expect(await response.text()).toBe('Hello, world');
  });

  it('gives several ranges in the order of the request', async () => {
    const response = await fetch('/hello', { headers: { range: 'bytes=-5, 0-4' } });
    const type = response.headers.get('content-type')!;
    const boundary = type.replace('multipart/byteranges; boundary=', '');
    const text = await response.text();

    expect(response.status).toBe(206);
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(text.split(`\r\n--${boundary}`)).toEqual([
      '',
      '\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 7-11/12\r\n\r\nworld',
      '\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-4/12\r\n\r\nHello',
      '--\r\n',
    ]);
  });

  it.each<[what: string, headers: Record<string, string>, status: number]>([
    ['a tag that it has', { 'if-none-match': tag }, 304],
    ['its tag as a weak one', { 'if-none-match': `W/${tag}` }, 304],
    ['its tag among others', { 'if-none-match': `"a, b", ${tag}` }, 304],
    ['any tag', { 'if-none-match': '*' }, 304],
    ['another tag', { 'if-none-match': '"x"' }, 200],
    ['no tag at all', { 'if-none-match': 'x' }, 200],
    ['a date that it has', { 'if-modified-since': lastModified }, 304],
    [
      'its date as RFC 850 wrote it',
      { 'if-modified-since': 'Friday, 20-Nov-20 12:00:00 GMT' },
      304,
    ],
    ['its date as asctime writes it', { 'if-modified-since': 'Fri Nov 20 12:00:00 2020' }, 304],
    ['an older date', { 'if-modified-since': 'Fri, 20 Nov 2020 11:59:59 GMT' }, 200],
    ['no HTTP date', { 'if-modified-since': '2030' }, 200],
    [
      'another tag and its date',
      { 'if-none-match': '"x"', 'if-modified-since': lastModified },
      200,
    ],
    ['its tag demanded', { 'if-match': tag }, 200],
    ['any tag demanded', { 'if-match': '*' }, 200],
    ['another tag demanded', { 'if-match': '"x"' }, 412],
    ['its tag demanded as a weak one', { 'if-match': `W/${tag}` }, 412],
    ['its date demanded', { 'if-unmodified-since': lastModified }, 200],
    ['an older date demanded', { 'if-unmodified-since': 'Fri, 20 Nov 2020 11:59:59 GMT' }, 412],
    [
      'its tag and an older date demanded',
      { 'if-match': tag, 'if-unmodified-since': 'Fri, 20 Nov 2020 11:59:59 GMT' },
      200,
    ],
    ['its tag demanded and refused', { 'if-match': tag, 'if-none-match': tag }, 304],
    ['another tag demanded and refused', { 'if-match': '"x"', 'if-none-match': '"x"' }, 412],
    ['a range, its tag refused', { range: 'bytes=0-0', 'if-none-match': tag }, 304],
    ['a range of its tag', { range: 'bytes=0-0', 'if-range': tag }, 206],
    ['a range of its tag as a weak one', { range: 'bytes=0-0', 'if-range': `W/${tag}` }, 200],
    ['a range of another tag', { range: 'bytes=0-0', 'if-range': '"x"' }, 200],
    ['a range of its date', { range: 'bytes=0-0', 'if-range': lastModified }, 206],
    [
      'a range of another date',
      { range: 'bytes=0-0', 'if-range': 'Fri, 20 Nov 2020 12:00:01 GMT' },
      200,
    ],
    ['a range of no date', { range: 'bytes=0-0', 'if-range': 'x' }, 200],
  ])('answers to %s', async (_what, headers, status) => {
    const response = await fetch('/hello', { headers });

    expect(response.status).toBe(status);
    await response.body?.cancel();
  });

  it('tells tag and caching with 304, and no bytes', async () => {
    const response = await fetch('/for-ever', { headers: { 'if-none-match': tag } });

    expect(response.headers.get('etag')).toBe(tag);
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toBeNull();
    expect(await response.text()).toBe('');
  });

  it.each(['/hello', '/for-ever'])(
    'is not kept by caches where it is refused: %s',
    async (path) => {
      const failed = await fetch(path, { headers: { 'if-match': '"x"' } });
      const behind = await fetch(path, { headers: { range: 'bytes=99-' } });

      expect(failed.headers.get('cache-control')).toBe('no-store');
      expect(behind.headers.get('cache-control')).toBe('no-store');
      await Promise.all([failed.body?.cancel(), behind.body?.cancel()]);
    },
  );

  it.each<[what: string, headers: Record<string, string>]>([
    ['whole', {}],
    ['its last bytes', { range: 'bytes=-5' }],
  ])('may be empty: %s', async (_what, headers) => {
    const response = await fetch('/empty', { headers });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('0');
    expect(await response.text()).toBe('');
  });

  it.each(['GET', 'HEAD'])('is 404 for %s when it is gone', async (method) => {
    const response = await fetch('/gone', { method, headers: { range: 'bytes=0-1' } });

    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    await response.body?.cancel();
  });

  it('comes whole where the storage keeps it compressed', async () => {
    const response = await fetch('/compressed', { headers: { range: 'bytes=0-4' } });

    expect(response.status).toBe(200);
    expect(response.headers.get('accept-ranges')).toBe('none');
    expect(await response.text()).toBe('Hello, world');
  });

  it('is asked of the storage where its name may be used again', async () => {
    const response = await fetch('/notes', { headers: { range: 'bytes=0-2' } });

    expect(response.status).toBe(206);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('may');
  });
});

/** The headers that the handler sets. */
function told({ headers }: Response): Record<string, string> {
  const ofServers = ['connection', 'date', 'keep-alive', 'x-powered-by', 'vary'];
  return Object.fromEntries([...headers].filter(([name]) => !ofServers.includes(name)));
}
