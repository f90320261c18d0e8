import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineStorages, FileSystemStorage, MemoryStorage, signUrl } from '@filefield/core';
import { mediaHandler } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { afterwards } from '../support/afterwards.ts';
import { uniqueText } from './served-files.ts';
import { sitesOf } from './sites.ts';

const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-')));
afterwards(async () => rm(directory, { recursive: true, force: true }));
const [first, second, stranger] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
];
const storages = defineStorages({
  memory: () => new MemoryStorage(),
  public: () =>
    new FileSystemStorage({
      location: join(directory, 'public'),
      baseUrl: '/media',
      visibility: 'public',
    }),
  private: () =>
    new FileSystemStorage({
      location: join(directory, 'private'),
      baseUrl: 'https://files.example.com/media/private/',
      keys: [first, second],
    }),
  other: () =>
    new FileSystemStorage({ location: join(directory, 'other'), baseUrl: '/o/', keys: [first] }),
  unsigned: () =>
    new FileSystemStorage({ location: join(directory, 'unsigned'), baseUrl: '/unsigned/' }),
});
const spacedName = 'Größe & co/100% #1?.txt';
const scriptName = 'page.html';
await storages.get('public').save(uniqueText, 'Hello, world');
await storages.get('public').save(spacedName, 'spaced');
await storages.get('public').save(scriptName, '<script>alert(1)</script>');
await storages.get('private').save(uniqueText, 'Hello, you');
await storages.get('private').save(scriptName, '<script>alert(1)</script>');
await storages.get('other').save(uniqueText, 'another one');
await storages.get('unsigned').save(uniqueText, 'nobody signs');

const path = `/media/private/${uniqueText}`;
const later = Math.floor(Date.now() / 1000) + 600;

/** A signed path of the private storage. */
function signed(change: Partial<Parameters<typeof signUrl>[0]> = {}, key = first): string {
  const grant = { storage: 'private', name: uniqueText, expires: later, ...change };
  return `/media/private/${grant.name}?${signUrl(grant, key).toString()}`;
}

const open = mediaHandler({ storages });
const guarded = mediaHandler({
  storages,
  authorize: (request, { alias, name }) => {
    if (request.headers.get('x-user') === 'nobody') return false;
    if (request.headers.get('x-user') !== 'log in') return true;
    return new Response(`${alias} ${name}`, { status: 401 });
  },
});
const sites = await sitesOf(async (request) =>
  request.headers.has('x-user') ? guarded(request) : open(request),
);

describe.each(sites)('the URL of a stored file in $form', ({ fetch }) => {
  it('leads to the public file', async () => {
    const response = await fetch(storages.get('public').url(uniqueText));

    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(await response.text()).toBe('Hello, world');
  });

  it('may hold any character that a name may', async () => {
    const response = await fetch(storages.get('public').url(spacedName));

    expect(response.headers.get('cache-control')).toBe('public, no-cache');
    expect(await response.text()).toBe('spaced');
  });

  it('leads to the private file, whatever the host', async () => {
    const { pathname, search } = new URL(storages.get('private').url(uniqueText));

    const response = await fetch(pathname + search);

    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(await response.text()).toBe('Hello, you');
  });

  it('is asked for with HEAD and ranges, too', async () => {
    const head = await fetch(signed(), { method: 'HEAD' });
    const range = await fetch(signed(), { headers: { range: 'bytes=0-4' } });

    expect(head.headers.get('content-length')).toBe('10');
    expect(await range.text()).toBe('Hello');
  });

  it.each(['POST', 'PUT', 'DELETE'])('is not for %s', async (method) => {
    const response = await fetch(signed(), { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    await response.body?.cancel();
  });

  it.each<[what: string, change: Parameters<typeof signed>[0], disposition: string]>([
    ['inline', {}, 'inline; filename=hello_qdec65nj3jefs89s363v0r.txt'],
    ['as a download', { download: true }, 'attachment; filename=hello_qdec65nj3jefs89s363v0r.txt'],
    ['under a filename', { download: 'Bill 1.txt' }, 'attachment; filename="Bill 1.txt"'],
  ])('signs how it is delivered: %s', async (_what, change, disposition) => {
    const response = await fetch(signed(change));

    expect(response.headers.get('content-disposition')).toBe(disposition);
    await response.body?.cancel();
  });

  it('signs the type', async () => {
    const shown = await fetch(signed({ type: 'image/png' }));
    const page = await fetch(signed({ type: 'text/html' }));

    expect(shown.headers.get('content-type')).toBe('image/png');
    expect(page.headers.get('content-type')).toBe('application/octet-stream');
    expect(page.headers.get('content-disposition')).toMatch(/^attachment/);
    await Promise.all([shown.body?.cancel(), page.body?.cancel()]);
  });

  it('of a public file asks for a download, and for nothing else', async () => {
    const response = await fetch(`/media/${uniqueText}?download=virus.exe&type=text/html`);

    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename=hello_qdec65nj3jefs89s363v0r.txt',
    );
    await response.body?.cancel();
  });

  it('is valid under every key that is in use', async () => {
    const response = await fetch(signed({}, second));

    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it.each<[what: string, url: string, reason: string]>([
    ['without a signature', path, 'forged'],
    ['with an empty one', `${path}?expires=${later}&signature=`, 'forged'],
    [
      'with one of another object',
      signed({ name: 'a.txt' }).replace('a.txt', uniqueText),
      'forged',
    ],
    ['with one of another storage', signed({ storage: 'other' }), 'forged'],
    ['with one of a key that is not in use', signed({}, stranger), 'forged'],
    ['with a later end', signed().replace(String(later), String(later + 1)), 'forged'],
    ['with a download added', `${signed()}&download=x.exe`, 'forged'],
    ['with a type added', `${signed()}&type=text/html`, 'forged'],
    ['with a second end', `${signed({ expires: 1 })}&expires=${later}`, 'forged'],
    ['that is over', signed({ expires: 1_000_000_000 }), 'expired'],
    ['of a file that never was', '/media/private/never.txt', 'forged'],
  ])('is refused %s', async (_what, url, reason) => {
    const response = await fetch(url);

    expect(response.status).toBe(403);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: { code: 'URL_REJECTED', reason } });
  });

  it.each<[what: string, url: string]>([
    ['of no storage', '/elsewhere/x.txt'],
    ['of a storage that signs nothing', `/unsigned/${uniqueText}`],
    ['of a storage without URLs', `/memory/${uniqueText}`],
    ['of a file that is gone', '/media/gone.txt'],
    ['of a directory', '/media/letters'],
    ['of a directory with a slash', '/media/letters/'],
    ['of the storage itself', '/media/'],
    ['below a file', `/media/${uniqueText}/x`],
    ['with an encoded slash', `/media/${uniqueText.replace('/', '%2f')}`],
  ])('is 404 when it is one %s', async (_what, url) => {
    const response = await fetch(url);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } });
  });

  it('may be refused by the application', async () => {
    const refused = await fetch(signed(), { headers: { 'x-user': 'nobody' } });
    const sent = await fetch(signed(), { headers: { 'x-user': 'log in' } });

    expect(refused.status).toBe(403);
    expect(sent.status).toBe(401);
    expect(await sent.text()).toBe(`private ${uniqueText}`);
    await refused.body?.cancel();
  });

  it.each([
    ['public', `/media/${uniqueText}`],
    ['private', signed()],
  ])(
    'of a %s file is asked for each time where the application decides',
    async (_visibility, url) => {
      const response = await fetch(url, { headers: { 'x-user': 'ada' } });

      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('private, no-cache');
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-site');
      await response.body?.cancel();
    },
  );

  it('tells people in words', async () => {
    const response = await fetch(path, { headers: { accept: 'text/html,*/*' } });

    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('The link is not signed for this file');
  });

  it.each([`/media/${scriptName}`, signed({ name: scriptName })])(
    'never runs a page from this site: %s',
    async (url) => {
      const response = await fetch(url);

      expect(response.headers.get('content-disposition')).toBe('attachment; filename=page.html');
      expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      await response.body?.cancel();
    },
  );
});

describe('a path of several hosts', () => {
  it('leads to the storage of the host that is asked', async () => {
    const [a, b] = ['a', 'b'].map((host) => () => {
      const baseUrl = `https://${host}.example.com/`;
      const location = join(directory, host);
      return new FileSystemStorage({ location, baseUrl, visibility: 'public' });
    }) as [() => FileSystemStorage, () => FileSystemStorage];
    const both = defineStorages({ a, b });
    await both.get('a').save('x.txt', 'of a');
    await both.get('b').save('x.txt', 'of b');
    const handler = mediaHandler({ storages: both });

    const response = await handler(new Request(both.get('b').url('x.txt')));

    expect(await response.text()).toBe('of b');
  });
});

describe('an application that decides', () => {
  it.each([undefined, null, 0, 'yes'])('lets nobody in for %j', async (answer) => {
    const handler = mediaHandler({ storages, authorize: () => answer as never });

    const response = await handler(new Request(`http://localhost${signed()}`));

    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });
});
