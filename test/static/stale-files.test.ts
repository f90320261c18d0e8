import { FileSystemStorage, MemoryStorage } from '@filefield/core';
import { collectStatic, StaticFilesError } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { namesIn, textOf } from './collected.ts';
import { sourceTree } from './source-tree.ts';

/** Collects one version after the other into a storage: each has a file of its own beside the one that they share. */
async function collected(
  versions: readonly string[],
  options: Partial<Parameters<typeof collectStatic>[0]> = {},
): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  await storage.save('by-hand.txt', 'not ours');
  for (const version of versions) {
    const files = { 'a.txt': version, [`${version}.txt`]: '' };
    await collectStatic({ sources: [await sourceTree(files)], storage, ...options });
  }
  return storage;
}

/** Names, with letters for the hashes of the versions' bytes. */
const plainOf = (names: readonly string[]): string[] =>
  names.filter((name) => !/\.[0-9a-f]{12}/.test(name));

const hashedAs: Readonly<Record<string, string>> = {
  v1: 'a.6654c734ccab.txt',
  v2: 'a.1b267619c481.txt',
  v3: 'a.43a03299a3c3.txt',
};

describe('pruning', () => {
  it('does not happen unless it is asked for', async () => {
    const names = await namesIn(await collected(['v1', 'v2', 'v3']));

    expect(names).toEqual(expect.arrayContaining(Object.values(hashedAs)));
  });

  it.each([
    { prune: 0, kept: ['v3'] },
    { prune: 1, kept: ['v2', 'v3'] },
    { prune: true, kept: ['v2', 'v3'] },
    { prune: 2, kept: ['v1', 'v2', 'v3'] },
  ])('with $prune keeps the files of $kept', async ({ prune, kept }) => {
    const names = await namesIn(await collected(['v1', 'v2', 'v3'], { prune }));

    const hashed = Object.entries(hashedAs).filter(([, name]) => names.includes(name));
    expect(hashed.map(([version]) => version)).toEqual(kept);
    expect(plainOf(names)).toEqual(
      [
        'a.txt',
        'by-hand.txt',
        'staticfiles.json',
        ...kept.map((version) => `${version}.txt`),
      ].toSorted(),
    );
  });

  it('keeps one archived manifest for each version that it keeps', async () => {
    const names = await namesIn(await collected(['v1', 'v2', 'v3'], { prune: 1 }));

    expect(names.filter((name) => name.startsWith('staticfiles.'))).toHaveLength(2);
  });

  it('later finds what was not pruned before', async () => {
    const storage = await collected(['v1', 'v2']);
    const files = { 'a.txt': 'v3', 'v3.txt': '' };

    const { deleted } = await collectStatic({
      sources: [await sourceTree(files)],
      storage,
      prune: 0,
    });

    expect(plainOf(deleted)).toEqual(['v1.txt', 'v2.txt']);
    expect(deleted).toContain(hashedAs['v1']);
  });

  it('counts a version that came back as the one that holds', async () => {
    const names = await namesIn(await collected(['v1', 'v2', 'v1'], { prune: 1 }));

    expect(plainOf(names)).toEqual([
      'a.txt',
      'by-hand.txt',
      'staticfiles.json',
      'v1.txt',
      'v2.txt',
    ]);
  });

  it('removes what a run that did not end left', async () => {
    const storage = await collected(['v1']);
    await storage.save('a.0123456789ab.txt', 'half a deployment');
    await storage.save('a.0123456789ab.txt.br', 'compressed');
    const files = { 'a.txt': 'v1', 'v1.txt': '' };

    const { deleted } = await collectStatic({
      sources: [await sourceTree(files)],
      storage,
      prune: 1,
    });

    expect(deleted).toEqual(['a.0123456789ab.txt', 'a.0123456789ab.txt.br']);
  });

  it('keeps compressed forms with their files', async () => {
    const storage = new MemoryStorage();
    const options = { sources: [await sourceTree({ 'a.txt': 'a'.repeat(99) })], storage };
    await collectStatic({ ...options, precompress: true });

    await collectStatic({ ...options, prune: 0 });

    expect((await namesIn(storage)).filter((name) => /\.(?:gz|br)$/.test(name))).toHaveLength(2);
  });

  it('keeps and removes archives where the manifest is', async () => {
    const manifestStorage = new MemoryStorage();

    const storage = await collected(['v1', 'v2', 'v3'], { manifestStorage, prune: 1 });

    expect(await namesIn(manifestStorage)).toHaveLength(2);
    expect(await storage.exists('a.6654c734ccab.txt')).toBe(false);
  });

  it('in a dry run says what would go, the last version kept though it is not archived yet', async () => {
    const storage = await collected(['v1', 'v2']);
    const options = { sources: [await sourceTree({ 'a.txt': 'v3' })], storage, prune: 1 };

    const dry = await collectStatic({ ...options, dryRun: true });
    const done = await collectStatic(options);

    expect(dry.deleted).toEqual(done.deleted);
    expect(plainOf(dry.deleted)).toEqual(['v1.txt']);
  });

  it('does not guess where an archived manifest is broken', async () => {
    const storage = await collected(['v1', 'v2']);
    await storage.save('staticfiles.0123456789ab.json', 'oops');

    const options = { sources: [await sourceTree({ 'a.txt': 'v3' })], storage, prune: 0 };

    await expect(collectStatic(options)).rejects.toThrow(StaticFilesError);
    expect(await storage.exists('v1.txt')).toBe(true);
  });
});

describe('clearing', () => {
  it('afterwards leaves only what was collected, whoever put the rest there', async () => {
    const storage = await collected(['v1', 'v2']);

    const { deleted } = await collectStatic({
      sources: [await sourceTree({ 'a.txt': 'v2' })],
      storage,
      clear: true,
    });

    expect(await namesIn(storage)).toEqual(['a.1b267619c481.txt', 'a.txt', 'staticfiles.json']);
    expect(deleted).toContain('by-hand.txt');
  });

  it('stores again what somebody changed', async () => {
    const storage = await collected(['v1']);
    await storage.save('a.6654c734ccab.txt', 'changed', { ifExists: 'overwrite' });

    await collectStatic({ sources: [await sourceTree({ 'a.txt': 'v1' })], storage, clear: true });

    expect(await textOf(storage, 'a.6654c734ccab.txt')).toBe('v1');
  });

  it('without processing leaves plain names only', async () => {
    const storage = await collected(['v1']);
    const sources = [await sourceTree({ 'a.txt': 'v1' })];

    await collectStatic({ sources, storage, clear: true, postProcess: false });

    expect(await namesIn(storage)).toEqual(['a.txt']);
  });

  it('in a dry run removes nothing', async () => {
    const storage = await collected(['v1']);
    const sources = [await sourceTree({ 'a.txt': 'v1' })];

    const { deleted } = await collectStatic({ sources, storage, clear: true, dryRun: true });

    expect(plainOf(deleted)).toEqual(['by-hand.txt', 'v1.txt']);
    expect(await storage.exists('by-hand.txt')).toBe(true);
  });

  it('leaves what a disk keeps for itself', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });
    const sources = [await sourceTree({ 'a.txt': 'v1' })];
    await storage.save('old/b.txt', '');

    await collectStatic({ sources, storage, clear: true });

    expect(await namesIn(storage)).toEqual(['a.6654c734ccab.txt', 'a.txt', 'staticfiles.json']);
  });
});
