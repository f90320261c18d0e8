import {
  FileSystemStorage,
  MemoryStorage,
  PendingFileError,
  UrlNotReadyError,
  FieldFile,
} from '@filefield/core';
import { downloadHandler, type DownloadHandlerOptions } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { fileOf, uniqueText } from './served-files.ts';
import { sitesOf } from './sites.ts';

/** Signs URLs of its own server as soon as it is ready. */
class ElsewhereStorage extends MemoryStorage {
  override readonly capabilities = { ...new MemoryStorage().capabilities, signedUrls: true };
  #isReady = false;

  async ready(): Promise<void> {
    this.#isReady = true;
  }

  protected override urlOf(
    name: string,
    { download, type }: { download?: boolean | string | undefined; type?: string | undefined } = {},
  ): string {
    if (!this.#isReady) throw new UrlNotReadyError({ storage: this.alias, name });
    const query = new URLSearchParams({ download: String(download), type: String(type) });
    return `https://bucket.example.com/${name}?${query.toString()}`;
  }
}

const elsewhere = new ElsewhereStorage();
const here = new MemoryStorage();
await elsewhere.save(uniqueText, 'Hello, world');
await here.save(uniqueText, 'Hello, world');
const facts = { name: uniqueText, filename: 'Hello.txt', type: 'text/plain', size: 12 };
const files: Readonly<Record<string, FieldFile | Response | null>> = {
  '/here': fileOf(here, facts),
  '/elsewhere': fileOf(elsewhere, facts),
  '/page': fileOf(elsewhere, { ...facts, filename: 'page.html', type: 'text/html' }),
  '/nothing': null,
};
const sites = await sitesOf(
  downloadHandler({
    authorize: async (request) => {
      if (!request.headers.has('authorization')) return new Response(null, { status: 401 });
      const { pathname } = new URL(request.url);
      // Its class is not the global one where @hono/node-server is loaded.
      if (pathname === '/proxied') return fetch('data:,from elsewhere');
      return files[pathname];
    },
  }),
);
const init = { headers: { authorization: 'Bearer it-is-me' }, redirect: 'manual' } as const;

describe.each(sites)('a download in $form', ({ fetch }) => {
  it('is for those whom the application lets in', async () => {
    const response = await fetch('/here');

    expect(response.status).toBe(401);
    await response.body?.cancel();
  });

  it('streams where the storage signs no URLs', async () => {
    const response = await fetch('/here', init);

    expect(response.headers.get('content-disposition')).toBe('inline; filename=Hello.txt');
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(await response.text()).toBe('Hello, world');
  });

  it.each<[what: string, path: string, location: RegExp]>([
    ['as it is', '/elsewhere', /\.txt\?download=undefined&type=undefined$/],
    [
      'as a download where it is not safe to show',
      '/page',
      /\.txt\?download=page\.html&type=undefined$/,
    ],
  ])('redirects to the URL that the storage serves: %s', async (_what, path, location) => {
    const response = await fetch(path, init);

    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toMatch(location);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    await response.body?.cancel();
  });

  it.each(['/nothing', '/unknown'])('is 404 where there is no file: %s', async (path) => {
    const response = await fetch(path, init);

    expect(response.status).toBe(404);
    await response.body?.cancel();
  });

  it('may be any response', async () => {
    const response = await fetch('/proxied', init);

    expect(await response.text()).toBe('from elsewhere');
  });

  it('is not for POST', async () => {
    const response = await fetch('/here', { method: 'POST', headers: init.headers });

    expect(response.status).toBe(405);
    await response.body?.cancel();
  });
});

/** What a handler with these options answers. */
async function answered(
  file: FieldFile,
  options: Omit<DownloadHandlerOptions, 'authorize'>,
): Promise<Response> {
  const handler = downloadHandler({ authorize: () => file, ...options });
  return handler(new Request('http://localhost/'));
}

describe('the delivery of a download', () => {
  it('may be a stream although the storage signs URLs', async () => {
    const response = await answered(fileOf(elsewhere, facts), { delivery: 'stream' });

    expect(await response.text()).toBe('Hello, world');
  });

  it('is kept by no cache that others share, although the storage is public', async () => {
    const storage = new MemoryStorage({ visibility: 'public' });
    await storage.save(uniqueText, 'Hello, world');

    const { headers } = await answered(fileOf(storage, facts), {});

    expect(headers.get('cache-control')).toBe('private, no-cache');
  });

  it('is a stream where the application serves the signed URLs itself, unless told otherwise', async () => {
    const location = await temporaryDirectory();
    const disk = new FileSystemStorage({ location, baseUrl: '/media/', keys: ['k'.repeat(32)] });
    await disk.save(uniqueText, 'Hello, world');

    const streamed = await answered(fileOf(disk, facts), {});
    const redirected = await answered(fileOf(disk, facts), { delivery: 'redirect' });

    expect(await streamed.text()).toBe('Hello, world');
    expect(redirected.headers.get('location')).toMatch(
      /^\/media\/letters\/hello_\w+\.txt\?expires/,
    );
  });

  it('signs disposition, filename and a type that was asked for', async () => {
    const options = { disposition: 'attachment', filename: 'b.txt', type: 'text/html' } as const;

    const response = await answered(fileOf(elsewhere, facts), options);

    expect(response.headers.get('location')).toMatch(
      /\?download=b\.txt&type=application%2Foctet-stream$/,
    );
  });

  it('fails for a file that is not flushed', async () => {
    await expect(answered(FieldFile.from('x', { filename: 'x.txt' }), {})).rejects.toThrow(
      PendingFileError,
    );
  });
});
