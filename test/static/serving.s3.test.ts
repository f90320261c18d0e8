import { staticOptions } from '@filefield/s3';
import { loadStatic, staticHandler } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { createBucket, createStorage, requestsOf } from '../s3/support.ts';
import { collectInto, css, hashedCss } from './collected-site.ts';

const bucket = await createBucket();
const overwrite = { ifExists: 'overwrite' } as const;

/** A storage on S3 as static files want it, filled. */
async function collected(
  options: Partial<Parameters<typeof createStorage>[0]> = {},
): Promise<ReturnType<typeof createStorage>> {
  const storage = createStorage({ ...staticOptions({ bucket }), bucket, ...options });
  await collectInto(storage);
  return storage;
}

function asking(name: string, headers: Record<string, string> = {}): Request {
  return new Request(`http://localhost/static/${name}`, { headers });
}

describe('static files on S3', () => {
  it('have URLs that lead there, or to the domain before it, without a request', async () => {
    const storage = await collected({ customDomain: 'static.example.net' });
    const statics = await loadStatic({ storage });
    const requests = requestsOf(storage);

    const urls = [statics.url('css/app.css?v=1'), statics.url('fonts/')];

    const base = `https://static.example.net/${storage.prefix}`;
    expect(urls).toEqual([`${base}${hashedCss}?v=1`, `${base}fonts/`]);
    expect(requests).toEqual([]);
  });

  it('have URLs that everybody can follow', async () => {
    const statics = await loadStatic({ storage: await collected({ acl: 'public-read' }) });

    const response = await fetch(statics.url('css/app.css'));

    expect(await response.text()).toBe(css);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it('are served by the program too: one request each, once it knows them', async () => {
    const storage = await collected();
    const handler = staticHandler(await loadStatic({ storage, baseUrl: '/static/' }));
    const first = await handler(asking(hashedCss));
    await first.text();
    const requests = requestsOf(storage);

    const part = await handler(asking(hashedCss, { range: 'bytes=5-9' }));
    const same = { 'if-none-match': first.headers.get('etag')! };

    expect([part.status, await part.text()]).toEqual([206, '{ col']);
    expect((await handler(asking(hashedCss, same))).status).toBe(304);
    expect(requests).toEqual(['GetObject']);
  });

  it('are served as they are by now, or not at all', async () => {
    const storage = await collected();
    const handler = staticHandler(await loadStatic({ storage, baseUrl: '/static/' }));
    const before = await (await handler(asking('css/app.css'))).text();

    await storage.save('css/app.css', 'new', overwrite);
    const after = await handler(asking('css/app.css'));
    const text = await after.text();
    await storage.delete('css/app.css');
    const gone = await handler(asking('css/app.css'));

    expect([before, text, after.headers.get('content-length')]).toEqual([css, 'new', '3']);
    expect(gone.status).toBe(404);
  });

  it('are served whole where the storage keeps them compressed', async () => {
    const storage = await collected({ gzip: true });
    const handler = staticHandler(await loadStatic({ storage, baseUrl: '/static/' }));

    const response = await handler(asking('css/app.css'));

    expect(response.headers.get('content-length')).toBe(String(css.length));
    expect(await response.text()).toBe(css);
  });
});
