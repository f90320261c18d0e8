import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineStorages,
  FileNotFoundError,
  FileSystemStorage,
  FileValidationError,
  resize,
  StorageError,
  StorageOptionsError,
  uniqueName,
  type FoundVariant,
  type VariantLink,
} from '@filefield/core';
import { asLibrary, variantFile, variantLinks, variantName } from '@filefield/core/binding';
import { variantHandler, type VariantHandlerOptions } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { afterwards } from '../support/afterwards.ts';
import { running, sitesOf } from './sites.ts';

const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-')));
afterwards(async () => rm(directory, { recursive: true, force: true }));
const [key, oldKey, stranger] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
];
const storages = defineStorages({
  private: () => new FileSystemStorage({ location: join(directory, 'private') }),
  public: () =>
    new FileSystemStorage({ location: join(directory, 'public'), visibility: 'public' }),
});
const original = uniqueName('avatars/me.jpg');
const file = variantFile('thumb', resize(64), { name: original, size: 1 });
for (const alias of storages.aliases) {
  await storages
    .get(alias)
    .save(variantName(original, file), 'RIFF....WEBPVP8 pixels', asLibrary({}));
}

/** What is told of a URL; how the variant is found depends on the field that it names. */
interface Told {
  readonly field?: keyof typeof findings;
  readonly storage?: 'private' | 'public';
  readonly isPublic?: boolean;
  readonly download?: string;
  readonly expiresIn?: number;
  readonly signedBy?: string;
}

/** The path of a variant as `getUrl({ variant })` gives it. */
function pathOf(told: Told = {}): string {
  const { field = 'stored', storage = 'private', isPublic = false, signedBy = key } = told;
  const { expiresIn, download } = told;
  const row = { storage, name: original };
  const links = variantLinks({ baseUrl: '/variants', keys: [signedBy] });
  return links(field)({ row, variant: 'thumb', file, isPublic, options: { expiresIn, download } })!;
}

const findings = {
  stored: async ({ storage, name }: VariantLink): Promise<FoundVariant> => {
    const type = 'image/webp';
    return { kind: 'object', storage, name: variantName(name, file), type };
  },
  other: async ({ storage, name }: VariantLink): Promise<FoundVariant> => {
    await storages.get('private').save(name, 'another', { ifExists: 'overwrite' });
    return { kind: 'object', storage, name, type: 'image/jpeg' };
  },
  made: async (): Promise<FoundVariant> => bytesOf('image/webp'),
  page: async (): Promise<FoundVariant> => bytesOf('text/html'),
  elsewhere: async (): Promise<FoundVariant> => ({ kind: 'url', url: '/media/me.jpg?signature=x' }),
  gone: async ({ name }: VariantLink): Promise<FoundVariant> => {
    throw new FileNotFoundError('read', { name });
  },
  damaged: async (): Promise<FoundVariant> => {
    throw new FileValidationError('the image', [
      { validator: 'image', message: 'cannot be decoded' },
    ]);
  },
} satisfies Record<string, VariantHandlerOptions['findVariant']>;

function bytesOf(type: string): FoundVariant {
  return { kind: 'bytes', bytes: Buffer.from('<b>pixels</b>'), type };
}

const options: VariantHandlerOptions = {
  storages,
  keys: [key, oldKey],
  baseUrl: '/variants/',
  findVariant: async (link) => findings[link.field as keyof typeof findings](link),
};
const open = variantHandler(options);
const guarded = variantHandler({
  ...options,
  authorize: (request, { name, variant }) => {
    if (request.headers.get('x-user') === 'nobody') return false;
    if (request.headers.get('x-user') !== 'log in') return true;
    return new Response(`${name} ${variant}`, { status: 401 });
  },
});
const sites = await sitesOf(async (request) =>
  request.headers.has('x-user') ? guarded(request) : open(request),
);

describe.each(sites)('the URL of a variant that is made on demand in $form', ({ fetch }) => {
  it('leads to its object, as immutable as its original', async () => {
    const response = await fetch(pathOf());

    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'private, max-age=31536000, immutable',
      'content-type': 'image/webp',
      'content-disposition': `inline; filename=${file}`,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-site',
    });
    expect(await response.text()).toBe('RIFF....WEBPVP8 pixels');
  });

  it('is asked for with HEAD, ranges and conditions, too', async () => {
    const head = await fetch(pathOf(), { method: 'HEAD' });
    const range = await fetch(pathOf(), { headers: { range: 'bytes=0-3' } });
    const etag = head.headers.get('etag')!;
    const again = await fetch(pathOf(), { headers: { 'if-none-match': etag } });

    expect(head.headers.get('content-length')).toBe('22');
    expect([range.status, await range.text()]).toEqual([206, 'RIFF']);
    expect(etag).toMatch(/^"/);
    expect(again.status).toBe(304);
  });

  it('is for everybody where the original is', async () => {
    const response = await fetch(pathOf({ storage: 'public', isPublic: true }));

    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    await response.body?.cancel();
  });

  it('is asked for each time, where what was found is another object', async () => {
    const response = await fetch(pathOf({ field: 'other' }));

    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(await response.text()).toBe('another');
  });

  it('offers a download where it was signed for one', async () => {
    const told = { download: 'Me & you.webp' };
    const responses = await Promise.all([
      fetch(pathOf(told)),
      fetch(pathOf({ ...told, field: 'made' })),
    ]);

    expect(responses.map(({ headers }) => headers.get('content-disposition'))).toEqual([
      'attachment; filename="Me & you.webp"',
      'attachment; filename="Me & you.webp"',
    ]);
    await Promise.all(responses.map(async ({ body }) => body?.cancel()));
  });

  it('gives bytes that are stored nowhere, for a minute', async () => {
    const response = await fetch(pathOf({ field: 'made' }));

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'private, max-age=60',
      'content-length': '13',
      'content-type': 'image/webp',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[\w-]{27}"$/),
    });
    expect(await response.text()).toBe('<b>pixels</b>');
  });

  it('gives them under conditions, and to HEAD without a body', async () => {
    const path = pathOf({ field: 'made', storage: 'public', isPublic: true });
    const head = await fetch(path, { method: 'HEAD' });
    const etag = head.headers.get('etag')!;
    const again = await fetch(path, { headers: { 'if-none-match': `"x", ${etag}` } });
    const failed = await fetch(path, { headers: { 'if-match': '"x"' } });

    expect([head.headers.get('content-length'), await head.text()]).toEqual(['13', '']);
    expect(head.headers.get('cache-control')).toBe('public, max-age=60');
    expect([again.status, failed.status]).toEqual([304, 412]);
    await failed.body?.cancel();
  });

  it('never runs what was made', async () => {
    const response = await fetch(pathOf({ field: 'page' }));

    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
    await response.body?.cancel();
  });

  it('sends to what takes the place, this time', async () => {
    const response = await fetch(pathOf({ field: 'elsewhere' }), { redirect: 'manual' });

    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/media/me.jpg?signature=x');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
  });

  it.each<[what: string, field: 'gone' | 'damaged', status: number, code: string]>([
    ['404 when the original is gone', 'gone', 404, 'FILE_NOT_FOUND'],
    ['422 when nothing can be made of it', 'damaged', 422, 'FILE_VALIDATION'],
  ])('is %s', async (_what, field, status, code) => {
    const response = await fetch(pathOf({ field }));

    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it('is valid under every key that is in use', async () => {
    const response = await fetch(pathOf({ signedBy: oldKey }));

    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it.each<[what: string, url: string, reason: string]>([
    ['that is over', pathOf({ expiresIn: 1 }), 'expired'],
    [
      'without an end, of a file that is not public any more',
      pathOf({ isPublic: true }),
      'expired',
    ],
    ['of a key that is not in use', pathOf({ signedBy: stranger }), 'forged'],
    [
      'without an end, of a storage that is not known',
      pathOf({ storage: 'lost' as never, isPublic: true }),
      'expired',
    ],
    ['for another file', pathOf().replace('thumb-', 'large-'), 'forged'],
    ['with a changed token', pathOf().replace('/variants/ey', '/variants/ez'), 'forged'],
    ['without its signature', pathOf().replace(/\.[\w-]+\/thumb/, './thumb'), 'forged'],
    ['with a token of dots', `/variants/.../${file}`, 'forged'],
    ['with a token that is too long', `/variants/${'a'.repeat(9000)}.b/${file}`, 'forged'],
    ['with two tokens in one', pathOf().replace('/thumb', '.ab/thumb'), 'forged'],
  ])('is refused %s', async (_what, url, reason) => {
    await untilOver;
    const response = await fetch(url);

    expect(response.status).toBe(403);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: { code: 'URL_REJECTED', reason } });
  });

  it.each<[what: string, url: string]>([
    ['without a token', `/variants/${file}`],
    ['below another base', pathOf().replace('/variants/', '/images/')],
    ['below a base and more', pathOf().replace('/variants/', '/variants/more/')],
    ['with a slash behind it', `${pathOf()}/`],
    ['with a file that is encoded', pathOf().replace('thumb-', 'thumb%2D')],
    ['with a directory in the token', pathOf().replace('.', '%2F')],
    ['of nothing', '/variants/'],
  ])('is 404 when it is one %s', async (_what, url) => {
    const response = await fetch(url);

    expect(response.status).toBe(404);
    await response.body?.cancel();
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is not for %s', async (method) => {
    const response = await fetch(pathOf(), { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    await response.body?.cancel();
  });

  it('may be refused by the application', async () => {
    const refused = await fetch(pathOf(), { headers: { 'x-user': 'nobody' } });
    const sent = await fetch(pathOf(), { headers: { 'x-user': 'log in' } });

    expect(refused.status).toBe(403);
    expect([sent.status, await sent.text()]).toEqual([401, `${original} thumb`]);
    await refused.body?.cancel();
  });

  it.each(['stored', 'made'] as const)(
    'is asked for each time where the application decides: %s',
    async (field) => {
      const told = { field, storage: 'public', isPublic: true } as const;
      const response = await fetch(pathOf(told), { headers: { 'x-user': 'ada' } });

      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('private, no-cache');
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-site');
      await response.body?.cancel();
    },
  );
});

/** A URL that was signed for a second is over. */
const untilOver = new Promise((resolve) => setTimeout(resolve, 1100));

describe('the handler of variants', () => {
  it.each([undefined, null, 0, 'yes'])('lets nobody in for %j', async (answer) => {
    const handler = variantHandler({ ...options, authorize: () => answer as never });

    const response = await handler(new Request(`http://localhost${pathOf()}`));

    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  it('finds a variant once for all who ask meanwhile, GET or HEAD', async () => {
    let calls = 0;
    const handler = variantHandler({
      ...options,
      findVariant: async () => {
        calls++;
        return bytesOf('image/webp');
      },
    });
    const url = `http://localhost${pathOf()}`;

    const responses = await Promise.all(
      ['GET', 'HEAD', 'GET'].map(async (method) => handler(new Request(url, { method }))),
    );

    expect(calls).toBe(1);
    expect(await Promise.all(responses.map(async (response) => response.text()))).toEqual([
      '<b>pixels</b>',
      '',
      '<b>pixels</b>',
    ]);
  });

  it('lets a hundred wait, and sends the next away for a while', async () => {
    const { promise, resolve } = Promise.withResolvers<FoundVariant>();
    const handler = variantHandler({ ...options, findVariant: async () => promise });
    const ask = async (_: unknown, index: number): Promise<Response> =>
      handler(new Request(`http://localhost${pathOf({ download: String(index) })}`));
    const waiting = Array.from({ length: 102 }, ask);

    const sentAway = await ask(undefined, 102);
    resolve(bytesOf('image/webp'));
    const answered = await Promise.all(waiting);

    expect([sentAway.status, sentAway.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await sentAway.json()).toMatchObject({ error: { code: 'BUSY' } });
    expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('ends what it makes when the client goes away', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const findVariant = async (_: VariantLink, { signal }: { signal: AbortSignal }) => {
      begun.resolve(signal);
      await once(signal, 'abort');
      throw signal.reason;
    };
    const { url } = await running(nodeHandler(variantHandler({ ...options, findVariant })));
    const client = new AbortController();
    const asking = fetch(url + pathOf(), { signal: client.signal });
    const signal = await begun.promise;

    client.abort();
    await expect(asking).rejects.toThrow('aborted');
    await (signal.aborted || once(signal, 'abort'));

    expect(signal.aborted).toBe(true);
  });

  it('takes the last two parts of a path where it is told no base', async () => {
    const handler = variantHandler({ ...options, baseUrl: undefined });

    const response = await handler(new Request(`http://localhost/any/where${pathOf()}`));

    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it('leaves what is nobody’s fault but the server’s to the framework', async () => {
    const failure = new StorageError('read', { name: original }, 'the disk is gone');
    const findVariant = async (): Promise<FoundVariant> => Promise.reject(failure);
    const handler = variantHandler({ ...options, findVariant });

    await expect(handler(new Request(`http://localhost${pathOf()}`))).rejects.toBe(failure);
  });

  it.each<[what: string, change: object, error: new (message: string) => Error]>([
    ['keys that could be guessed', { keys: ['secret'] }, StorageOptionsError],
    ['a base that is no URL', { baseUrl: 'variants' }, StorageOptionsError],
    ['no keys', { keys: [] }, StorageOptionsError],
    ['no work at all', { concurrency: 0 }, RangeError],
    ['half a piece of work', { concurrency: 1.5 }, RangeError],
  ])('refuses %s', (_what, change, error) => {
    expect(() => variantHandler({ ...options, ...change })).toThrow(error);
  });

  it('wants to be told how variants are found', () => {
    expectTypeOf<VariantHandlerOptions['findVariant']>().toBeCallableWith(
      { field: 'A.b', storage: 's', name: 'n', variant: 'v', file: 'f' },
      { signal: new AbortController().signal },
    );
    // @ts-expect-error -- findVariant is missing
    variantHandler({ storages, keys: [key] });
  });
});
