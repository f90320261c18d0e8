import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadStatic, staticHandler, type LoadStaticOptions } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Files by path below a directory of the test's own. */
async function written(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

async function developed(
  options: LoadStaticOptions,
): Promise<(path: string, headers?: Record<string, string>) => Promise<Response>> {
  const handler = staticHandler(await loadStatic({ development: true, ...options }));
  return async (path, headers = {}) =>
    handler(new Request(new URL(path, 'http://localhost'), { headers }));
}

describe('in development a file', () => {
  it('is found where it is written, without collecting', async () => {
    const own = await written({ 'css/app.css': 'own' });
    const vendor = await written({ 'css/lib.css': 'vendor' });
    const ask = await developed({ sources: [own, { prefix: 'vendor', dir: vendor }] });

    const texts = await Promise.all(
      ['css/app.css', 'vendor/css/lib.css', 'css/lib.css'].map(async (name) =>
        (await ask(`/static/${name}`)).text(),
      ),
    );

    expect(texts).toEqual(['own', 'vendor', 'There is no such file']);
  });

  it('is that of the first source that has it', async () => {
    const first = await written({ 'app.css': 'first' });
    const second = await written({ 'app.css': 'second' });
    const ask = await developed({ sources: [first, second] });

    const before = await (await ask('/static/app.css')).text();
    await rm(join(first, 'app.css'));
    const after = await (await ask('/static/app.css')).text();

    expect([before, after]).toEqual(['first', 'second']);
  });

  it('is asked for each time, and is the one of now', async () => {
    const own = await written({ 'app.0123456789ab.css': 'before' });
    const ask = await developed({ sources: [own] });

    const before = await ask('/static/app.0123456789ab.css');
    const text = await before.text();
    await writeFile(join(own, 'app.0123456789ab.css'), 'after!');
    await utimes(join(own, 'app.0123456789ab.css'), new Date(), Date.now() / 1000 + 1);
    const etag = { 'if-none-match': before.headers.get('etag')! };
    const after = await ask('/static/app.0123456789ab.css', etag);

    expect(before.headers.get('cache-control')).toBe('max-age=0, public');
    expect([text, await after.text()]).toEqual(['before', 'after!']);
  });

  it('is not sent again that has not changed', async () => {
    const ask = await developed({ sources: [await written({ 'app.css': 'own' })] });
    const { headers, body } = await ask('/static/app.css');
    await body!.cancel();

    const since = { 'if-modified-since': headers.get('last-modified')! };

    expect((await ask('/static/app.css', since)).status).toBe(304);
  });

  it('is never the compressed form of an older one', async () => {
    const own = await written({ 'app.css': 'own and new', 'app.css.gz': 'old' });
    const ask = await developed({ sources: [own] });

    const response = await ask('/static/app.css', { 'accept-encoding': 'gzip' });

    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.text()).toBe('own and new');
    expect((await ask('/static/app.css.gz')).status).toBe(404);
  });

  it.each([
    ['hidden', '.env'],
    ['in a hidden directory', '.git/config'],
    ['an editor kept', 'app.css~'],
    ['ignored', 'src/app.scss'],
    ['a link leads to out of the source', 'link.css'],
    ['missing', 'missing.css'],
    ['a directory', 'src'],
  ])('is not served that would not be collected: one that is %s', async (_what, name) => {
    const names = ['.env', '.git/config', 'app.css~', 'src/app.scss'];
    const own = await written(Object.fromEntries(names.map((each) => [each, 'SECRET'])));
    await symlink(join(await written({ 'app.css': 'SECRET' }), 'app.css'), join(own, 'link.css'));
    const ask = await developed({ sources: [own], ignore: ['*.scss'] });

    const response = await ask(`/static/${name}`);

    expect([response.status, await response.text()]).toEqual([404, 'There is no such file']);
  });
});
