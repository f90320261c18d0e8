import { FileSystemStorage, MemoryStorage, type FileStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { collectStatic, formatManifest, parseManifest } from '@filefield/static';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { namesIn, savedTo, textOf } from './collected.ts';
import { sourceTree, writeTree } from './source-tree.ts';

const site = {
  'css/app.css': 'a { b: url(../img/a.png) }',
  'img/a.png': 'png',
};

describe('collecting static files', () => {
  it('stores each under its plain name and under one made of its bytes', async () => {
    const storage = new MemoryStorage();

    const result = await collectStatic({ sources: [await sourceTree(site)], storage });

    expect(await namesIn(storage)).toEqual([
      'css/app.9d821fcf9524.css',
      'css/app.css',
      'img/a.bff139fa05ac.png',
      'img/a.png',
      'staticfiles.json',
    ]);
    expect(result.copied.toSorted()).toEqual(['css/app.css', 'img/a.png']);
    expect(result.processed).toEqual(['img/a.bff139fa05ac.png', 'css/app.9d821fcf9524.css']);
  });

  it('leads hashed names to hashed names, and plain ones to plain ones', async () => {
    const storage = new MemoryStorage();

    const { manifest } = await collectStatic({ sources: [await sourceTree(site)], storage });

    const hashed = manifest?.paths.get('css/app.css') ?? '';
    expect(await textOf(storage, hashed)).toBe('a { b: url("../img/a.bff139fa05ac.png") }');
    expect(await textOf(storage, 'css/app.css')).toBe(site['css/app.css']);
  });

  it('writes nothing the second time, and reads one manifest', async () => {
    const storage = failingStorage(new MemoryStorage());
    const sources = [await sourceTree(site)];
    await collectStatic({ sources, storage });
    storage.forgetCalls();

    const result = await collectStatic({ sources, storage });

    expect(storage.calls).toEqual([{ operation: 'open', names: ['staticfiles.json'] }]);
    expect(result.unchanged).toEqual(['css/app.css', 'img/a.png']);
    expect([...result.copied, ...result.processed]).toEqual([]);
  });

  it('writes only what changed, and what refers to it', async () => {
    const storage = failingStorage(new MemoryStorage());
    const directory = await sourceTree({ ...site, 'b.js': 'b' });
    await collectStatic({ sources: [directory], storage });
    await writeTree(directory, { 'img/a.png': 'other' });

    const result = await collectStatic({ sources: [directory], storage });

    expect(result.copied).toEqual(['img/a.png']);
    expect(result.processed).toEqual(['img/a.795f3202b17c.png', 'css/app.98d844acbf4e.css']);
    expect(result.unchanged).toEqual(['b.js', 'css/app.css']);
  });

  it('stores a plain file anew when only its plain bytes changed', async () => {
    const storage = new MemoryStorage();
    const directory = await sourceTree(site);
    await collectStatic({ sources: [directory], storage });
    await writeTree(directory, { 'css/app.css': 'a { b: url("../img/a.png") }' });

    const result = await collectStatic({ sources: [directory], storage });

    expect(result.processed).toEqual([]);
    expect(result.copied).toEqual(['css/app.css']);
    expect(await textOf(storage, 'css/app.css')).toBe('a { b: url("../img/a.png") }');
  });

  it('stores large files whole', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });
    const large = Buffer.alloc(3_000_000, 'large');

    await collectStatic({ sources: [await sourceTree({ 'a.bin': large })], storage });

    expect(await storage.size('a.bin')).toBe(3_000_000);
    expect(await storage.size('a.6b8ee9e62a2b.bin')).toBe(3_000_000);
  });

  it('keeps the manifest elsewhere where it is told to', async () => {
    const [storage, manifestStorage] = [new MemoryStorage(), new MemoryStorage()];

    await collectStatic({ sources: [await sourceTree(site)], storage, manifestStorage });

    expect(await namesIn(manifestStorage)).toEqual(['staticfiles.json']);
    expect(await storage.exists('staticfiles.json')).toBe(false);
  });

  it('makes names of SHA-256 where it is told to', async () => {
    const sources = [await sourceTree({ 'a.txt': '' })];

    const result = await collectStatic({
      sources,
      storage: new MemoryStorage(),
      algorithm: 'sha256',
    });

    expect(result.processed).toEqual(['a.e3b0c44298fc.txt']);
  });

  it('tells each step as it is done', async () => {
    const told: string[] = [];
    const sources = [await sourceTree({ 'a.txt': 'a' })];

    await collectStatic({
      sources,
      storage: new MemoryStorage(),
      onProgress: ({ action, name, done, total }) =>
        told.push(`${action} ${name} ${done}/${total}`),
    });

    expect(told).toEqual(['processed a.0cc175b9c0f1.txt 1/2', 'copied a.txt 2/2']);
  });
});

describe('after a manifest that Django wrote', () => {
  it('stores nothing that is there', async () => {
    const storage = failingStorage(await collectedByDjango());
    storage.forgetCalls();

    const result = await collectStatic({ sources: [await sourceTree({ 'a.txt': 'a' })], storage });

    expect(storage.calls).toEqual([{ operation: 'open', names: ['staticfiles.json'] }]);
    expect(result.unchanged).toEqual(['a.txt']);
  });

  it('writes one that says the same and more', async () => {
    const storage = await collectedByDjango();
    const sources = [await sourceTree({ 'a.txt': 'a', 'b.txt': 'b' })];

    await collectStatic({ sources, storage });

    const { paths, notes } = parseManifest(await textOf(storage, 'staticfiles.json'));
    expect(paths.get('a.txt')).toBe('a.0cc175b9c0f1.txt');
    expect(notes.previous).toEqual(['108ee5c0b0c0']);
    expect(await textOf(storage, 'staticfiles.108ee5c0b0c0.json')).toContain('0cc175b9c0f1');
  });
});

describe('where there is no manifest', () => {
  it('files that are there are compared by their bytes', async () => {
    const storage = failingStorage(new MemoryStorage());
    const sources = [await sourceTree({ 'a.txt': 'a', 'b.txt': 'b' })];
    await collectStatic({ sources, storage });
    await storage.save('b.txt', 'c', { ifExists: 'overwrite' });
    await storage.delete('staticfiles.json');
    storage.forgetCalls();

    const result = await collectStatic({ sources, storage });

    expect(result.copied).toEqual(['b.txt']);
    expect(await textOf(storage, 'b.txt')).toBe('b');
    expect(savedTo(storage)).toEqual(['b.txt', 'staticfiles.json']);
  });

  it('or it is not to be trusted, what is missing is stored again', async () => {
    const storage = new MemoryStorage();
    const sources = [await sourceTree(site)];
    await collectStatic({ sources, storage });
    await storage.delete('img/a.bff139fa05ac.png');

    const result = await collectStatic({ sources, storage, verify: true });

    expect(result.processed).toEqual(['img/a.bff139fa05ac.png']);
    expect(result.copied).toEqual([]);
  });

  it('or a broken one, collecting ends unless everything is looked at', async () => {
    const storage = new MemoryStorage();
    const sources = [await sourceTree(site)];
    await storage.save('staticfiles.json', 'oops');

    await expect(collectStatic({ sources, storage })).rejects.toThrow('it is no JSON');
    const { manifest } = await collectStatic({ sources, storage, verify: true });

    expect(await textOf(storage, 'staticfiles.json')).toContain(manifest?.hash);
  });
});

describe('collecting without processing', () => {
  it('stores plain names only, whatever they refer to', async () => {
    const storage = new MemoryStorage();
    const sources = [await sourceTree({ 'a.css': 'a{b:url(gone.png)}' })];

    const result = await collectStatic({ sources, storage, postProcess: false });

    expect(await namesIn(storage)).toEqual(['a.css']);
    expect(result.manifest).toBeUndefined();
  });

  it('goes on where what has the name of the manifest is none', async () => {
    const storage = new MemoryStorage();
    await storage.save('staticfiles.json', 'oops');

    await collectStatic({ sources: [await sourceTree(site)], storage, postProcess: false });

    expect(await textOf(storage, 'staticfiles.json')).toBe('oops');
    expect(await textOf(storage, 'img/a.png')).toBe('png');
  });

  it('writes nothing the second time', async () => {
    const storage = failingStorage(new MemoryStorage());
    const sources = [await sourceTree(site)];
    await collectStatic({ sources, storage, postProcess: false });
    storage.forgetCalls();

    await collectStatic({ sources, storage, postProcess: false });

    expect(savedTo(storage)).toEqual([]);
  });
});

describe('a dry run', () => {
  it('says what would be done, and writes nothing', async () => {
    const storage = failingStorage(new MemoryStorage());
    const sources = [await sourceTree(site)];

    const dry = await collectStatic({ sources, storage, dryRun: true, precompress: true });

    expect(await namesIn(storage)).toEqual([]);
    expect(dry.dryRun).toBe(true);
    const done = await collectStatic({ sources, storage, precompress: true });
    expect({ ...done, dryRun: true }).toEqual(dry);
  });
});

describe('linking', () => {
  it('makes plain names the very files of the source', async () => {
    const directory = await temporaryDirectory();
    await writeTree(join(directory, 'source'), site);
    const storage = new FileSystemStorage({ location: join(directory, 'static') });
    const sources = [join(directory, 'source')];

    const result = await collectStatic({ sources, storage, link: true });
    await writeTree(join(directory, 'source'), { 'img/a.png': 'in place' });

    expect(result.linked.toSorted()).toEqual(['css/app.css', 'img/a.png']);
    expect(await textOf(storage, 'img/a.png')).toBe('in place');
    expect(await textOf(storage, 'img/a.bff139fa05ac.png')).toBe('png');
  });

  it('tells without a path what is in the way', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });
    await storage.save('a.txt/b.txt', 'a directory');
    const sources = [await sourceTree({ 'a.txt': 'a' })];

    const linking = collectStatic({ sources, storage, link: true });

    await expect(linking).rejects.toThrow(/^Cannot link "a.txt": E[A-Z]+$/);
    expect(await readdir(storage.path('a.txt'))).toEqual(['b.txt']);
  });

  it('again leaves nothing beside the files', async () => {
    const directory = await temporaryDirectory();
    await writeTree(join(directory, 'source'), { 'a.txt': 'a' });
    const storage = new FileSystemStorage({ location: join(directory, 'static') });
    const options = { sources: [join(directory, 'source')], storage, link: true };
    await collectStatic({ ...options, postProcess: false });
    await storage.save('a.txt', 'copied', { ifExists: 'overwrite' });

    await collectStatic({ ...options, postProcess: false });
    await collectStatic({ ...options, clear: true });

    expect(await namesIn(storage)).toEqual(['a.0cc175b9c0f1.txt', 'a.txt', 'staticfiles.json']);
    expect(await textOf(storage, 'a.txt')).toBe('a');
  });
});

async function collectedByDjango(): Promise<FileStorage> {
  const storage = new MemoryStorage();
  await storage.save('a.txt', 'a');
  await storage.save('a.0cc175b9c0f1.txt', 'a');
  const paths = new Map([['a.txt', 'a.0cc175b9c0f1.txt']]);
  await storage.save('staticfiles.json', formatManifest(paths));
  return storage;
}
