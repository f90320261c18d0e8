import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FileSystemStorage,
  InvalidNameError,
  MemoryStorage,
  StorageError,
  StorageOptionsError,
} from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { formatManifest, loadStatic, UnknownStaticFileError } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { collectInto, paths } from './collected-site.ts';

const baseUrl = 'https://static.example.net/';

async function collected(): Promise<MemoryStorage> {
  const storage = new MemoryStorage({ visibility: 'public' });
  await collectInto(storage);
  return storage;
}

describe('the URL of a collected file', () => {
  it.each<[what: string, name: string, url: string]>([
    ['the hash', 'css/app.css', 'css/app.0123456789ab.css'],
    ['a query', 'css/app.css?v=1&w=2', 'css/app.0123456789ab.css?v=1&w=2'],
    ['a fragment', 'css/app.css#top', 'css/app.0123456789ab.css#top'],
    ['both', 'css/app.css?v=1#top', 'css/app.0123456789ab.css?v=1#top'],
    ['what old browsers want of fonts', 'css/app.css?#iefix', 'css/app.0123456789ab.css?#iefix'],
    ['an empty query', 'css/app.css?', 'css/app.0123456789ab.css?'],
    ['a space, encoded', 'fonts/a b.woff2', 'fonts/a%20b.0123456789ab.woff2'],
    ['a space that was encoded', 'fonts/a%20b.woff2', 'fonts/a%20b.0123456789ab.woff2'],
    ['a name with ? and #', 'odd?name#here.css', 'odd%3Fname%23here.0123456789ab.css'],
    ['no hash where there is none', 'LICENSE', 'LICENSE'],
    ['no hash of a directory', 'img/', 'img/'],
    ['nothing but the base', '', ''],
  ])('has %s', async (_what, name, url) => {
    const statics = await loadStatic({ storage: await collected(), baseUrl });

    expect(statics.url(name)).toBe(baseUrl + url);
  });

  it('is made by the storage where no base is given', async () => {
    const storage = await collected();

    const statics = await loadStatic({ storage });

    expect(statics.url('css/app.css?v=1')).toBe(`${storage.location}css/app.0123456789ab.css?v=1`);
    expect([statics.url('css/'), statics.url('')]).toEqual([
      `${storage.location}css/`,
      storage.location,
    ]);
  });

  it.each<[place: string, base: string | undefined, url: string]>([
    ['begins as the storage says', undefined, '/assets/LICENSE'],
    ['begins as the program says', '/other', '/other/LICENSE'],
  ])('%s', async (_place, base, url) => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({ location, baseUrl: '/assets/', visibility: 'public' });
    await collectInto(storage);

    const statics = await loadStatic({ storage, baseUrl: base });

    expect(statics.url('LICENSE')).toBe(url);
  });
});

describe('the URL of a file that was not collected', () => {
  it.each<[what: string, asked: string, near: readonly string[]]>([
    ['a letter is missing', 'css/ap.css', ['css/app.css']],
    ['the directory is missing', 'app.css', ['css/app.css']],
    ['a slash is too much', '/css/app.css', ['css/app.css']],
    ['the hash is there already', 'css/app.0123456789ab.css', ['css/app.css']],
    ['it is nearer to another', 'css/othr.css', ['css/other.css']],
    ['nothing is like it', 'nothing/like/it.txt', []],
    ['every object has such a property', '__proto__', []],
    ['it is endless', 'x'.repeat(100_000), []],
  ])('is an error that names it and near ones: %s', async (_what, asked, near) => {
    const statics = await loadStatic({ storage: await collected(), baseUrl });

    const { code, file, near: found } = thrownBy(() => statics.url(asked));

    expect({ code, file, found }).toEqual({
      code: 'UNKNOWN_STATIC_FILE',
      file: asked,
      found: near,
    });
  });

  it('says what to do', async () => {
    const statics = await loadStatic({ storage: await collected(), baseUrl });

    expect(() => statics.url('css/ap.css?v=1')).toThrow(
      new UnknownStaticFileError('css/ap.css', ['css/app.css']),
    );
    expect(thrownBy(() => statics.url('css/ap.css')).message).toBe(
      'Cannot make the URL of "css/ap.css": the manifest has no such file, collect it, or is it "css/app.css"',
    );
  });

  it('has its own name where the program is not strict', async () => {
    const statics = await loadStatic({ storage: await collected(), baseUrl, strict: false });

    expect(statics.url('later/added.css?v=1')).toBe(`${baseUrl}later/added.css?v=1`);
  });

  it.each(['../secret', '%2e%2e/secret', '/etc/passwd', 'a//b', 'a\\b', '.filefield/owner'])(
    'is refused where no storage could hold it: %s',
    async (name) => {
      const statics = await loadStatic({ storage: await collected(), baseUrl, strict: false });

      expect(() => statics.url(name)).toThrow(InvalidNameError);
    },
  );
});

describe('in development the URL', () => {
  it('has the name of the file, which was not collected', async () => {
    const sources = [await temporaryDirectory()];

    const statics = await loadStatic({ development: true, sources });

    expect(statics.url('css/app.css?#iefix')).toBe('/static/css/app.css?#iefix');
  });

  it('begins as that of the storage does which production uses', async () => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({ location, baseUrl: '/assets/', visibility: 'public' });
    const sources = [await temporaryDirectory()];

    const statics = await loadStatic({ storage, development: true, sources });

    expect(statics.url('LICENSE')).toBe('/assets/LICENSE');
  });
});

describe('a program that loads static files', () => {
  it('reads the manifest from another place', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'staticfiles.json'), formatManifest(paths));
    const near = new FileSystemStorage({ location: directory });
    const storage = new MemoryStorage({ visibility: 'public' });

    const statics = await loadStatic({ storage, manifestStorage: near, baseUrl });

    expect(statics.url('css/app.css')).toBe(`${baseUrl}css/app.0123456789ab.css`);
  });

  it('needs no manifest where names have no hashes', async () => {
    const storage = new MemoryStorage({ visibility: 'public' });

    const statics = await loadStatic({ storage, manifest: false, baseUrl });

    expect(statics.url('css/app.css')).toBe(`${baseUrl}css/app.css`);
  });

  it.each<[what: string, options: Parameters<typeof loadStatic>[0], message: string]>([
    [
      'there is no manifest',
      { storage: new MemoryStorage({ visibility: 'public' }) },
      'there is no "staticfiles.json", collect them first, or say manifest: false',
    ],
    [
      'the storage is private',
      { storage: Object.assign(new MemoryStorage(), { alias: 'vault' }) },
      'from storage "vault": it is private',
    ],
    ['no place is given', {}, 'a storage is wanted where they were collected'],
    ['no sources are given', { development: true }, 'there are no sources'],
    [
      'a source is not there',
      { development: true, sources: ['no-such'] },
      '"no-such" is not there',
    ],
    ['a directory is none', { storage: '/no/such' }, 'from "such": it is no directory'],
    ['the base is no URL', { storage: '.', baseUrl: 'javascript:x' }, 'Cannot use the baseUrl'],
  ])('fails at its start when %s', async (_what, options, message) => {
    const loading = loadStatic(options);

    await expect(loading).rejects.toThrow(StorageOptionsError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe('a manifest that changes', () => {
  const changed = formatManifest(new Map([['css/app.css', 'css/app.ba9876543210.css']]));
  const ifExists = 'overwrite';

  it('counts from the reload on', async () => {
    const storage = await collected();
    const statics = await loadStatic({ storage, baseUrl });
    await storage.save('staticfiles.json', changed, { ifExists });

    const before = statics.url('css/app.css');
    const reloads = [await statics.reload(), await statics.reload()];

    expect(before).toBe(`${baseUrl}css/app.0123456789ab.css`);
    expect(reloads).toEqual([true, false]);
    expect(statics.url('css/app.css')).toBe(`${baseUrl}css/app.ba9876543210.css`);
  });

  it.each<[how: string, fault: string | undefined, error: RegExp]>([
    ['is damaged', '{"paths": ', /is no manifest/],
    ['is gone', undefined, /"staticfiles.json" is gone/],
  ])('stays the one that it was when it %s', async (_how, text, error) => {
    const storage = await collected();
    const statics = await loadStatic({ storage, baseUrl });
    await storage.delete('staticfiles.json');
    await storage.save(text === undefined ? 'other.json' : 'staticfiles.json', text ?? '');

    await expect(statics.reload()).rejects.toThrow(error);

    expect(statics.url('css/app.css')).toBe(`${baseUrl}css/app.0123456789ab.css`);
  });

  it('stays the one that it was when the storage fails, and is read at the next reload', async () => {
    const inner = await collected();
    const storage = failingStorage(inner, [{ operation: 'open', call: 2, when: 'before' }]);
    const statics = await loadStatic({ storage, baseUrl });
    await inner.save('staticfiles.json', changed, { ifExists });

    await expect(statics.reload()).rejects.toThrow(StorageError);

    expect(await statics.reload()).toBe(true);
  });

  it('is never there in development', async () => {
    const statics = await loadStatic({ development: true, sources: [await temporaryDirectory()] });

    expect(await statics.reload()).toBe(false);
  });
});

function thrownBy(action: () => unknown): UnknownStaticFileError {
  try {
    action();
  } catch (error) {
    if (error instanceof UnknownStaticFileError) return error;
  }
  throw new Error('it threw no UnknownStaticFileError');
}
