import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { MemoryStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { collectStatic } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { namesIn, savedTo } from './collected.ts';
import { sourceTree } from './source-tree.ts';

const css = 'a { b: url(a.png) }\n'.repeat(50);
const site = { 'a.css': css, 'a.png': 'png'.repeat(100), 'tiny.txt': 'a' };

async function bytesOf(storage: MemoryStorage, name: string): Promise<Uint8Array> {
  return new Response(await storage.open(name)).bytes();
}

describe('precompressing', () => {
  it('stores hashed files in both encodings, where that is worth it', async () => {
    const storage = new MemoryStorage();

    const { compressed } = await collectStatic({
      sources: [await sourceTree(site)],
      storage,
      precompress: true,
    });

    expect(compressed.map((name) => name.replace(/[0-9a-f]{12}/, 'HASH')).toSorted()).toEqual([
      'a.HASH.css.br',
      'a.HASH.css.gz',
    ]);
  });

  it('compresses the bytes under the hashed name', async () => {
    const storage = new MemoryStorage();

    const { manifest } = await collectStatic({
      sources: [await sourceTree(site)],
      storage,
      precompress: true,
    });

    const hashed = manifest!.paths.get('a.css')!;
    const plain = Buffer.from(await bytesOf(storage, hashed));
    expect(plain.includes('url("a.')).toBe(true);
    expect(gunzipSync(await bytesOf(storage, `${hashed}.gz`)).equals(plain)).toBe(true);
    expect(brotliDecompressSync(await bytesOf(storage, `${hashed}.br`)).equals(plain)).toBe(true);
  });

  it('compresses the same bytes to the same bytes: gzip holds no time', async () => {
    const storage = new MemoryStorage();

    const { compressed } = await collectStatic({
      sources: [await sourceTree({ 'a.css': css.replaceAll('url(a.png)', '0') })],
      storage,
      precompress: ['gzip'],
    });

    const bytes = await bytesOf(storage, compressed[0]!);
    expect([...bytes.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  });

  it('compresses what is large too', async () => {
    const storage = new MemoryStorage();
    const sources = [await sourceTree({ 'a.txt': 'large '.repeat(200_000) })];

    const { compressed } = await collectStatic({ sources, storage, precompress: ['gzip'] });

    expect(compressed).toHaveLength(1);
  });

  it('writes nothing the second time, with or without it', async () => {
    const storage = failingStorage(new MemoryStorage());
    const options = { sources: [await sourceTree(site)], storage };
    await collectStatic({ ...options, precompress: true });
    storage.forgetCalls();

    await collectStatic({ ...options, precompress: true });
    await collectStatic(options);
    await collectStatic({ ...options, precompress: ['brotli'] });

    expect(savedTo(storage)).toEqual([]);
  });

  it('makes up for runs without it', async () => {
    const storage = new MemoryStorage();
    const sources = [await sourceTree(site)];
    await collectStatic({ sources, storage, precompress: ['gzip'] });
    const more = [await sourceTree({ ...site, 'b.css': css })];
    await collectStatic({ sources: more, storage });

    const { processed } = await collectStatic({ sources: more, storage, precompress: true });

    expect(processed).toEqual([]);
    expect((await namesIn(storage)).filter((name) => /\.(?:gz|br)$/.test(name))).toHaveLength(4);
  });
});
