import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { MemoryStorage, StorageOptionsError } from '@filefield/core';
import { loadStatic, staticHandler, type StaticHandlerOptions } from '@filefield/static';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectInto, css, hashedCss, places } from './collected-site.ts';

type Ask = (path: string, headers?: Record<string, string>, method?: string) => Promise<Response>;

/** A site in memory. */
async function siteWith(options?: StaticHandlerOptions, manifest?: false): Promise<Ask> {
  const storage = new MemoryStorage({ visibility: 'public' });
  await collectInto(storage);
  const handler = staticHandler(
    await loadStatic({ storage, baseUrl: '/static/', manifest }),
    options,
  );
  return async (path, headers = {}, method = 'GET') =>
    handler(new Request(new URL(path, 'http://localhost'), { headers, method }));
}

let ask: Ask;
beforeAll(async () => (ask = await siteWith()));

describe.each(Object.entries(places))('a file that was collected to %s', (_place, load) => {
  it('is served as it is', async () => {
    const handler = staticHandler(await load());

    const response = await handler(new Request(`http://localhost/static/${hashedCss}`));

    expect(response.status).toBe(200);
    expect(await response.text()).toBe(css);
    expect(Object.fromEntries(response.headers)).toEqual({
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'cache-control': 'max-age=315360000, public, immutable',
      'content-length': String(css.length),
      'content-type': 'text/css; charset=utf-8',
      etag: expect.stringMatching(/^"[0-9a-f]+-bb8"$/),
      'last-modified': expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/),
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
    });
  });

  it('is served compressed', async () => {
    const handler = staticHandler(await load());
    const headers = { 'accept-encoding': 'gzip' };

    const response = await handler(
      new Request(`http://localhost/static/${hashedCss}`, { headers }),
    );

    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await response.bytes()).toString()).toBe(css);
  });

  it('is served in part', async () => {
    const handler = staticHandler(await load());
    const headers = { range: 'bytes=5-9' };

    const response = await handler(new Request('http://localhost/static/css/app.css', { headers }));

    expect(response.status).toBe(206);
    expect(await response.text()).toBe('{ col');
  });
});

describe('browsers keep a file', () => {
  const forever = 'max-age=315360000, public, immutable';
  const aMinute = 'max-age=60, public';

  it.each<[what: string, path: string, wanted: string]>([
    ['for ever that has a hash by the manifest', `/static/${hashedCss}`, forever],
    ['for a minute that has none', '/static/css/app.css', aMinute],
    ['for a minute that looks as if it had one', '/static/js/lib.ffffffffffff.js', aMinute],
    ['for a minute that the manifest has without one', '/static/LICENSE', aMinute],
    ['for a minute that is the manifest', '/static/staticfiles.json', aMinute],
  ])('%s', async (_what, path, wanted) => {
    const response = await ask(path);

    expect(response.headers.get('cache-control')).toBe(wanted);
  });

  it('for ever that looks as if it had a hash where there is no manifest', async () => {
    const site = await siteWith({}, false);

    const [hashed, plain] = [
      await site('/static/js/lib.ffffffffffff.js'),
      await site('/static/LICENSE'),
    ];

    expect(hashed.headers.get('cache-control')).toBe(forever);
    expect(plain.headers.get('cache-control')).toBe(aMinute);
  });

  it('for as long as the program says', async () => {
    const site = await siteWith({ maxAge: 5, immutable: (name) => name.startsWith('js/') });

    const [bundled, plain] = [await site('/static/js/tiny.js'), await site('/static/LICENSE')];

    expect(bundled.headers.get('cache-control')).toBe(forever);
    expect(plain.headers.get('cache-control')).toBe('max-age=5, public');
  });
});

describe('the type of a file', () => {
  it.each<[name: string, type: string]>([
    ['js/tiny.js', 'text/javascript; charset=utf-8'],
    ['img/logo.svg', 'image/svg+xml'],
    ['docs/index.html', 'text/html; charset=utf-8'],
    ['fonts/a%20b.0123456789ab.woff2', 'font/woff2'],
    ['data.tar.gz', 'application/gzip'],
    ['staticfiles.json', 'application/json'],
    ['odd.xyzzy', 'application/octet-stream'],
    ['LICENSE', 'application/octet-stream'],
  ])('is that of its extension: %s', async (name, type) => {
    const response = await ask(`/static/${name}`);

    expect(response.headers.get('content-type')).toBe(type);
  });

  it.each<[by: string, name: string, type: string]>([
    ['by its extension', 'odd.xyzzy', 'application/x-odd'],
    ['by all of its name', 'apple-app-site-association', 'application/json'],
    ['with a charset', 'LICENSE', 'text/plain; charset=latin1'],
    ['of text, which is UTF-8', 'model.glb', 'text/x-model; charset=utf-8'],
  ])('may be said %s', async (_by, name, type) => {
    const site = await siteWith({
      types: {
        '.XYZZY': 'application/x-odd',
        'apple-app-site-association': 'application/json',
        license: 'text/plain; charset=latin1',
        '.glb': 'text/x-model',
      },
    });

    const response = await site(`/static/${name}`);

    expect(response.headers.get('content-type')).toBe(type);
  });
});

describe('a compressed form', () => {
  it.each<[accepted: string, coding: string | null]>([
    ['', null],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.5', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.000, gzip;q=0', null],
    ['gzip;q=0.001', 'gzip'],
    ['gzip ; q=1.000', 'gzip'],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0', null],
    ['*', null],
    ['*;q=0', null],
    ['deflate', null],
    ['gzip;q=1.1', null],
    ['gzip;q=-1', null],
    ['gzip;q=x', null],
    ['gzipped', null],
    ['not-gzip', null],
    [',,,gzip', 'gzip'],
    [`${'x,'.repeat(2000)}gzip`, null],
    [' '.repeat(5000), null],
  ])('is chosen by Accept-Encoding: %j', async (accepted, coding) => {
    const response = await ask(`/static/${hashedCss}`, { 'accept-encoding': accepted });

    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(response.headers.get('vary')).toBe('Accept-Encoding');
    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  it('is not chosen where it is larger', async () => {
    const response = await ask('/static/js/tiny.js', { 'accept-encoding': 'gzip' });

    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.text()).toBe('x');
  });

  it('has an ETag of its own', async () => {
    const codings = ['identity', 'gzip', 'br'];

    const responses = await Promise.all(
      codings.map((coding) => ask(`/static/${hashedCss}`, { 'accept-encoding': coding })),
    );

    expect(new Set(responses.map(({ headers }) => headers.get('etag'))).size).toBe(3);
  });

  it('is served in part as it is', async () => {
    const whole = await ask(`/static/${hashedCss}`, { 'accept-encoding': 'br' });
    const size = Number(whole.headers.get('content-length'));

    const part = await ask(`/static/${hashedCss}`, { 'accept-encoding': 'br', range: 'bytes=0-' });

    expect(part.headers.get('content-range')).toBe(`bytes 0-${size - 1}/${size}`);
    expect(brotliDecompressSync(await part.bytes()).toString()).toBe(css);
  });

  it.each([`${hashedCss}.gz`, `${hashedCss}.br`, 'js/tiny.js.gz'])(
    'is not served by its own name: %s',
    async (name) => {
      const response = await ask(`/static/${name}`);

      expect(response.status).toBe(404);
    },
  );

  it('is told apart from an archive', async () => {
    const response = await ask('/static/data.tar.gz', { 'accept-encoding': 'gzip' });

    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('vary')).toBeNull();
    expect(await response.text()).toBe('archive');
  });
});

describe('a file that the client has', () => {
  const later = 'Fri, 31 Dec 2100 23:59:59 GMT';
  const earlier = 'Sun, 06 Nov 1994 08:49:37 GMT';

  it('is not sent again', async () => {
    const first = await ask(`/static/${hashedCss}`, { 'accept-encoding': 'gzip' });
    const headers = { 'accept-encoding': 'gzip', 'if-none-match': first.headers.get('etag')! };

    const again = await ask(`/static/${hashedCss}`, headers);

    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect(Object.fromEntries(again.headers)).toEqual({
      'access-control-allow-origin': '*',
      'cache-control': 'max-age=315360000, public, immutable',
      etag: first.headers.get('etag'),
      'last-modified': first.headers.get('last-modified'),
      vary: 'Accept-Encoding',
    });
  });

  it.each<[condition: string, headers: (etag: string) => Record<string, string>, status: number]>([
    ['its ETag', (etag) => ({ 'if-none-match': etag }), 304],
    ['its ETag, weakened on the way', (etag) => ({ 'if-none-match': `W/${etag}` }), 304],
    ['its ETag among others', (etag) => ({ 'if-none-match': `"a", ${etag}` }), 304],
    ['any', () => ({ 'if-none-match': '*' }), 304],
    ['another ETag', () => ({ 'if-none-match': '"a"' }), 200],
    ['an ETag without quotes', (etag) => ({ 'if-none-match': etag.slice(1, -1) }), 200],
    ['an ETag that is open', () => ({ 'if-none-match': '"' }), 200],
    [
      'another ETag, though a later date',
      () => ({ 'if-none-match': '"a"', 'if-modified-since': later }),
      200,
    ],
    [
      'its ETag, though an earlier date',
      (etag) => ({ 'if-none-match': etag, 'if-modified-since': earlier }),
      304,
    ],
    ['a later date', () => ({ 'if-modified-since': later }), 304],
    ['an earlier date', () => ({ 'if-modified-since': earlier }), 200],
    [
      'a later date of RFC 850',
      () => ({ 'if-modified-since': 'Friday, 31-Dec-49 23:59:59 GMT' }),
      304,
    ],
    [
      'an earlier date of asctime',
      () => ({ 'if-modified-since': 'Sun Nov  6 08:49:37 1994' }),
      200,
    ],
    ['a date that is none', () => ({ 'if-modified-since': '9999999999' }), 200],
    ['a date of no month', () => ({ 'if-modified-since': 'Fri, 99 Foo 2100 23:59:59 GMT' }), 200],
  ])('is told by %s', async (_condition, headersFor, status) => {
    const { headers } = await ask('/static/css/app.css');

    const response = await ask('/static/css/app.css', headersFor(headers.get('etag')!));

    expect(response.status).toBe(status);
  });

  it('is told by its own date', async () => {
    const { headers } = await ask('/static/css/app.css');

    const since = { 'if-modified-since': headers.get('last-modified')! };

    expect((await ask('/static/css/app.css', since)).status).toBe(304);
  });
});

describe('a range', () => {
  it.each<[range: string, status: number, told: string | null, bytes: number]>([
    ['bytes=0-0', 206, 'bytes 0-0/3000', 1],
    ['bytes=10-19', 206, 'bytes 10-19/3000', 10],
    ['bytes=2999-', 206, 'bytes 2999-2999/3000', 1],
    ['bytes=-100', 206, 'bytes 2900-2999/3000', 100],
    ['bytes=-99999', 206, 'bytes 0-2999/3000', 3000],
    ['bytes=0-99999', 206, 'bytes 0-2999/3000', 3000],
    ['Bytes=0-1', 206, 'bytes 0-1/3000', 2],
    ['bytes=3000-', 416, 'bytes */3000', 0],
    ['bytes=-0', 416, 'bytes */3000', 0],
    ['bytes=18446744073709551616-', 416, 'bytes */3000', 0],
    ['bytes=0-1,5-6', 200, null, 3000],
    ['bytes=5-1', 200, null, 3000],
    ['bytes=', 200, null, 3000],
    ['bytes=-', 200, null, 3000],
    ['bytes=-1-2', 200, null, 3000],
    ['bytes=0-1e1', 200, null, 3000],
    ['bytes=a-b', 200, null, 3000],
    ['lines=0-1', 200, null, 3000],
    ['0-1', 200, null, 3000],
  ])('is answered: %s', async (range, status, told, bytes) => {
    const response = await ask('/static/css/app.css', { range });

    expect([response.status, response.headers.get('content-range')]).toEqual([status, told]);
    expect((await response.bytes()).length).toBe(bytes);
  });

  it.each<[condition: string, value: (etag: string) => string, status: number]>([
    ['its ETag', (etag) => etag, 206],
    ['another ETag', () => '"a"', 200],
    ['its ETag, weak', (etag) => `W/${etag}`, 200],
    ['a date', () => 'Fri, 31 Dec 2100 23:59:59 GMT', 200],
  ])('is given of the state with %s', async (_condition, value, status) => {
    const { headers } = await ask('/static/css/app.css');

    const condition = { range: 'bytes=0-1', 'if-range': value(headers.get('etag')!) };

    expect((await ask('/static/css/app.css', condition)).status).toBe(status);
  });

  it.each(['bytes=0-', 'bytes=-1'])('of an empty file is not there: %s', async (range) => {
    const response = await ask('/static/empty.txt', { range });

    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */0']);
  });
});

describe('a method', () => {
  it('HEAD gets everything but the bytes', async () => {
    const get = await ask(`/static/${hashedCss}`);

    const head = await ask(`/static/${hashedCss}`, { range: 'bytes=0-1' }, 'HEAD');

    expect(head.status).toBe(200);
    expect([...head.headers]).toEqual([...get.headers]);
    expect(head.body).toBeNull();
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is refused', async (method) => {
    const response = await ask('/static/css/app.css', {}, method);

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('what is no static file', () => {
  it('is 404, and nobody keeps the answer', async () => {
    const response = await ask('/static/missing.css');

    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  it.each([
    ['GET', '/pages/1'],
    ['POST', '/static/missing.css'],
    ['GET', '/static/docs/'],
    ['GET', '/static/'],
    ['GET', '/static'],
  ])('is left to the application where it wants it: %s %s', async (method, path) => {
    const site = await siteWith({ fallback: ({ url }) => new Response(new URL(url).pathname) });

    const response = await site(path, {}, method);

    expect(await response.text()).toBe(path);
  });
});

describe('pages of other sites', () => {
  it('cannot read a file where the program says so', async () => {
    const site = await siteWith({ allowAllOrigins: false });

    const response = await site('/static/css/app.css');

    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a directory', () => {
  it('is nothing', async () => {
    const responses = [await ask('/static/docs/'), await ask('/static/docs')];

    expect(responses.map(({ status }) => status)).toEqual([404, 404]);
  });

  it.each([
    ['/static/docs/', '<p>docs</p>'],
    ['/static/', '<p>home</p>'],
  ])('is its index file where the program wants it: %s', async (path, text) => {
    const site = await siteWith({ indexFile: true });

    const response = await site(path);

    expect(await response.text()).toBe(text);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it.each([
    ['/static/docs', './docs/'],
    ['/static/docs?a=b', './docs/?a=b'],
    ['/static/docs/index.html', './'],
    ['/static/index.html?a=b', './?a=b'],
  ])('has one URL: %s leads to it', async (path, location) => {
    const site = await siteWith({ indexFile: 'index.html' });

    const response = await site(path);

    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(location);
    expect(response.headers.get('cache-control')).toBe('max-age=60, public');
  });

  it.each([
    '/static/css/',
    '/static/css',
    '/static/css/index.html',
    '/static/LICENSE/',
    '/static//',
  ])('is nothing without an index file: %s', async (path) => {
    const site = await siteWith({ indexFile: true });

    const response = await site(path);

    expect(response.status).toBe(404);
  });

  it('is for reading only', async () => {
    const site = await siteWith({ indexFile: true });

    const response = await site('/static/docs', {}, 'POST');

    expect(response.status).toBe(405);
  });
});

describe('a handler', () => {
  it.each([-1, 0.5, NaN])('refuses a maxAge that is no number of seconds: %s', async (maxAge) => {
    const statics = await loadStatic({
      storage: new MemoryStorage({ visibility: 'public' }),
      manifest: false,
      baseUrl: '/',
    });

    expect(() => staticHandler(statics, { maxAge })).toThrow(StorageOptionsError);
  });

  it('is none where URLs lead to the storage', async () => {
    const storage = new MemoryStorage({ visibility: 'public' });
    const statics = await loadStatic({ storage, manifest: false });

    expect(() => staticHandler(statics)).toThrow('their URLs lead to the storage');
  });
});
