import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FileSystemStorage, type FileStorage } from '@filefield/core';
import { collectStatic, loadStatic, staticHandler } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** A style sheet that refers to a picture, in a source. */
async function source(): Promise<string> {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'css'));
  await writeFile(join(directory, 'css/app.css'), `a { background: url(a.png) }\n`.repeat(50));
  await writeFile(join(directory, 'css/a.png'), 'png');
  return directory;
}

async function target(): Promise<FileStorage> {
  const location = await temporaryDirectory();
  return new FileSystemStorage({ location, baseUrl: '/static/', visibility: 'public' });
}

describe('what collectStatic() collected', () => {
  it('is named and served, and so is what it refers to', async () => {
    const storage = await target();
    await collectStatic({ sources: [await source()], storage, precompress: true });
    const statics = await loadStatic({ storage });
    const handler = staticHandler(statics);
    const ask = async (path: string): Promise<Response> =>
      handler(new Request(`http://localhost${path}`, { headers: { 'accept-encoding': 'gzip' } }));

    const response = await ask(statics.url('css/app.css'));
    const text = gunzipSync(await response.bytes()).toString();
    const picture = await ask(`/static/css/${/url\("?([^")]+)/.exec(text)?.[1]}`);

    expect(response.headers.get('cache-control')).toBe('max-age=315360000, public, immutable');
    expect(picture.headers.get('cache-control')).toBe('max-age=315360000, public, immutable');
    expect(await picture.text()).toBe('png');
  });

  it('is followed through a deployment, and pages of the last one still find their files', async () => {
    const [directory, storage] = [await source(), await target()];
    await collectStatic({ sources: [directory], storage });
    const statics = await loadStatic({ storage });
    const handler = staticHandler(statics);
    const before = statics.url('css/a.png');

    await writeFile(join(directory, 'css/a.png'), 'another');
    await collectStatic({ sources: [directory], storage, prune: true });
    const isNew = await statics.reload();

    const urls = [before, statics.url('css/a.png'), '/static/css/a.png'];
    const texts = urls.map(async (url) =>
      (await handler(new Request(`http://localhost${url}`))).text(),
    );
    expect(isNew).toBe(true);
    expect(await Promise.all(texts)).toEqual(['png', 'another', 'another']);
  });
});
