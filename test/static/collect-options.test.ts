import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage, MemoryStorage, StorageOptionsError } from '@filefield/core';
import { collectStatic, StaticFilesError, type CollectOptions } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { namesIn, textOf } from './collected.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { sourceTree } from './source-tree.ts';

/** A storage that takes names that differ in case only for one, as the disks of many do. */
class FoldingStorage extends MemoryStorage {
  override readonly capabilities = {
    ...new MemoryStorage().capabilities,
    caseSensitive: false,
  };
}

describe('collecting is refused', () => {
  it.each<{ when: string; options: Partial<CollectOptions>; message: string }>([
    {
      when: 'the baseUrl is none',
      options: { baseUrl: 'static/' },
      message: 'Cannot use the baseUrl "static/": it is an http URL or a path',
    },
    {
      when: 'nothing may happen at once',
      options: { concurrency: 0 },
      message: 'Cannot use the concurrency 0: a whole number from 1 is wanted',
    },
    {
      when: 'half a manifest is to be kept',
      options: { prune: 0.5 },
      message: 'Cannot use prune 0.5: a whole number from 0 is wanted',
    },
    {
      when: 'an encoding is unknown',
      options: { precompress: ['zip' as 'gzip'] },
      message: 'Cannot use precompress "zip": "gzip" or "brotli" is wanted',
    },
    {
      when: 'nothing says what is stale',
      options: { prune: true, postProcess: false },
      message:
        'Cannot use prune with postProcess: false: it finds stale files by manifests, and there are none',
    },
    {
      when: 'there is nothing to compress',
      options: { precompress: true, postProcess: false },
      message:
        'Cannot use precompress with postProcess: false: it compresses files under hashed names, and there are none',
    },
    {
      when: 'nothing can be linked there',
      options: { link: true },
      message: 'Cannot link static files: the objects of the storage are not files of this machine',
    },
  ])('when $when', async ({ options, message }) => {
    const collecting = collectStatic({ sources: [], storage: new MemoryStorage(), ...options });

    await expect(collecting).rejects.toThrow(StorageOptionsError);
    await expect(collecting).rejects.toThrow(message);
  });

  it.each([
    { where: 'is the storage', source: 'static', storage: 'static' },
    { where: 'holds the storage', source: '.', storage: 'static' },
    { where: 'lies in the storage', source: 'static/source', storage: 'static' },
  ])('when a source $where', async ({ source, storage: location }) => {
    const directory = await sourceTree({ 'static/source/a.txt': 'a' });
    const storage = new FileSystemStorage({ location: join(directory, location) });

    const collecting = collectStatic({ sources: [join(directory, source)], storage, clear: true });

    await expect(collecting).rejects.toThrow('a source and the storage lie inside each other');
    expect(await storage.exists('source/a.txt')).toBe(true);
  });

  it.each([
    {
      when: 'a file has the name of the manifest',
      name: 'staticfiles.json',
      message: '"staticfiles.json" is the name of the manifest',
    },
    {
      when: 'a hashed name is too long',
      name: `${'a'.repeat(246)}.css`,
      message: 'a component has 263 bytes, at most 255 fit',
    },
    {
      when: 'a name is reserved',
      name: 'incoming/a.css',
      message: 'no storage can use "incoming/a.css" as a file name: "incoming/" is reserved',
    },
  ])('when $when, lenient or not', async ({ name, message }) => {
    const storage = new MemoryStorage();
    const sources = [await sourceTree({ [name]: '', 'b.css': '' })];

    const collecting = collectStatic({ sources, storage, strict: false });

    await expect(collecting).rejects.toThrow(StaticFilesError);
    await expect(collecting).rejects.toThrow(message);
    expect(await namesIn(storage)).toEqual([]);
  });
});

describe('collecting goes on', () => {
  it.each([
    { who: 'the storage says', storageUrl: '/assets/', options: {} },
    { who: 'it is told', storageUrl: '/elsewhere/', options: { baseUrl: '/assets' } },
  ])('with references to where files are served, as $who', async ({ storageUrl, options }) => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({
      location,
      baseUrl: storageUrl,
      visibility: 'public',
    });
    const sources = [await sourceTree({ 'a.css': 'a{b:url(/assets/b.png)}', 'b.png': '' })];

    const { manifest } = await collectStatic({ sources, storage, ...options });

    const text = await textOf(storage, manifest!.paths.get('a.css')!);
    expect(text).toBe('a{b:url("/assets/b.d41d8cd98f00.png")}');
  });

  it('without a link that leads out of its source, and tells of it', async () => {
    const source = await sourceTree({ 'a.css': '' });
    await symlink(process.execPath, join(source, 'b.css'));

    const { copied, problems } = await collectStatic({
      sources: [source],
      storage: new MemoryStorage(),
    });

    expect(copied).toEqual(['a.css']);
    expect(problems.map(({ message }) => message)).toEqual([
      '"b.css" is a link that leads out of its source, it is left out',
    ]);
  });

  it('with the first of two files of a name, and tells of the other', async () => {
    const [one, two] = [await sourceTree({ 'a.css': '' }), await sourceTree({ 'a.css': 'b' })];

    const { conflicts } = await collectStatic({
      sources: [one, two],
      storage: new MemoryStorage(),
    });

    expect(conflicts).toEqual([
      { name: 'a.css', path: join(one, 'a.css'), ignored: join(two, 'a.css') },
    ]);
  });

  it('where the manifest has a storage of its own, so that its name is free', async () => {
    const [storage, manifestStorage] = [new MemoryStorage(), new MemoryStorage()];
    const sources = [await sourceTree({ 'staticfiles.json': '{}' })];

    await collectStatic({ sources, storage, manifestStorage });

    expect(await storage.exists('staticfiles.json')).toBe(true);
  });

  it('beside a source whose name only begins like that of the storage', async () => {
    const directory = await sourceTree({ 'static-src/a.txt': 'a' });
    const storage = new FileSystemStorage({ location: join(directory, 'static') });

    const { copied } = await collectStatic({ sources: [join(directory, 'static-src')], storage });

    expect(copied).toEqual(['a.txt']);
  });

  it('where disks are case-insensitive with one of two names that differ in case', async () => {
    const sources = [await sourceTree({ 'A.css': '', 'a.css': 'b' })];

    const { conflicts } = await collectStatic({ sources, storage: new FoldingStorage() });

    expect(conflicts.map(({ name }) => name)).toEqual(['A.css']);
  });
});
