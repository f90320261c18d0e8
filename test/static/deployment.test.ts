import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileSystemStorage, MemoryStorage, type FileStorage } from '@filefield/core';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { collectStatic, readManifest, type StaticManifest } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { namesIn, savedTo, textOf } from './collected.ts';
import { sourceTree, writeTree } from './source-tree.ts';

const script = fileURLToPath(new URL('./collect-child.ts', import.meta.url));

const first = {
  'app.css': '@import "part.css";',
  'part.css': 'a{b:url(a.png)}',
  'a.png': 'first',
  'old.txt': 'first',
};
const second = { 'a.png': 'second', 'part.css': 'a{b:url(a.png);c:url(new.png)}', 'new.png': 'n' };

/** What a visitor gets by the names of a manifest: the bytes by the plain name. */
async function served(
  storage: FileStorage,
  manifest: StaticManifest | undefined,
): Promise<[string, string][]> {
  const paths = [...(manifest?.paths ?? [])];
  return Promise.all(
    paths.map(async ([name, hashed]): Promise<[string, string]> => [
      name,
      await textOf(storage, hashed),
    ]),
  );
}

describe('a new version', () => {
  it('is there from the files that refer to nothing up to the manifest', async () => {
    const storage = failingStorage(new MemoryStorage());

    await collectStatic({
      sources: [
        await sourceTree({ 'c.css': '@import "b.css"', 'b.css': 'a{b:url(a.png)}', 'a.png': '' }),
      ],
      storage,
    });

    expect(savedTo(storage).map((name) => name.replace(/\.[0-9a-f]{12}/, '.HASH'))).toEqual([
      ...['a.HASH.png', 'b.HASH.css', 'c.HASH.css'],
      ...['a.png', 'b.css', 'c.css'],
      'staticfiles.json',
    ]);
  });

  it('takes the place of the last one without removing a name', async () => {
    const storage = failingStorage(new MemoryStorage());
    const directory = await sourceTree(first);
    await collectStatic({ sources: [directory], storage });
    const before = await namesIn(storage);
    await writeTree(directory, second);
    storage.forgetCalls();

    await collectStatic({ sources: [directory], storage });

    expect(new Set(storage.calls.map(({ operation }) => operation))).toEqual(
      new Set(['open', 'save']),
    );
    expect(await namesIn(storage)).toEqual(expect.arrayContaining(before));
  });

  it('can be taken back: the manifest of the last one lies beside', async () => {
    const storage = new MemoryStorage();
    const directory = await sourceTree(first);
    const { manifest } = await collectStatic({ sources: [directory], storage });
    const before = await served(storage, manifest);
    await writeTree(directory, second);
    await collectStatic({ sources: [directory], storage, prune: true });

    const archive = `staticfiles.${manifest?.hash}.json`;
    await storage.copy(archive, 'staticfiles.json', { overwrite: true });

    expect(await served(storage, await readManifest(storage))).toEqual(before);
  });

  it.each([
    { what: 'a hashed file', fault: { call: 1 } },
    { what: 'a plain file', fault: { name: 'part.css' } },
    { what: 'the manifest, before plain files', fault: { name: 'staticfiles.json', call: 1 } },
    { what: 'the manifest, at the end', fault: { name: 'staticfiles.json', call: 2 } },
  ])('that fails at $what leaves the last one as it was', async ({ fault }) => {
    const faults: StorageFault[] = [];
    const storage = failingStorage(new MemoryStorage(), faults);
    const directory = await sourceTree(first);
    const { manifest } = await collectStatic({ sources: [directory], storage });
    const before = await served(storage, manifest);
    await writeTree(directory, second);
    storage.forgetCalls();
    faults.push({ operation: 'save', ...fault });

    await expect(collectStatic({ sources: [directory], storage })).rejects.toThrow('a fault');

    expect(await served(storage, await readManifest(storage))).toEqual(before);
  });

  it.each([
    {
      what: 'fails',
      options: {},
      faults: [{ operation: 'save', name: 'part.css' }] as const,
      status: 'rejected',
    },
    {
      what: 'stores plain names only',
      options: { postProcess: false },
      faults: [],
      status: 'fulfilled',
    },
  ])(
    'that $what does not hide that plain names hold its bytes',
    async ({ options, faults, status }) => {
      const storage = new MemoryStorage();
      const old = { sources: [await sourceTree(first)], storage };
      await collectStatic(old);
      const sources = [await sourceTree({ ...first, ...second })];
      const failing = failingStorage(storage, faults);
      const [run] = await Promise.allSettled([
        collectStatic({ sources, storage: failing, ...options }),
      ]);
      const between = await textOf(storage, 'a.png');

      await collectStatic(old);

      expect([run.status, between]).toEqual([status, 'second']);
      expect(await textOf(storage, 'a.png')).toBe('first');
      expect((await readManifest(storage))?.notes.unsettled).toEqual([]);
    },
  );

  it('that was taken back does not hide it either', async () => {
    const storage = new MemoryStorage();
    const old = { sources: [await sourceTree(first)], storage };
    const { manifest } = await collectStatic(old);
    await collectStatic({ sources: [await sourceTree({ ...first, ...second })], storage });
    const archive = `staticfiles.${manifest?.hash}.json`;
    await storage.copy(archive, 'staticfiles.json', { overwrite: true });

    await collectStatic(old);

    expect(await textOf(storage, 'a.png')).toBe('first');
  });

  it('stops at the first file that cannot be stored, and waits for those on their way', async () => {
    const storage = failingStorage(new MemoryStorage(), [{ operation: 'save', call: 2 }]);
    const files = Array.from({ length: 40 }, (_, index) => [`${index}.txt`, `${index}`] as const);

    const collecting = collectStatic({
      sources: [await sourceTree(Object.fromEntries(files))],
      storage,
      concurrency: 2,
    });

    await expect(collecting).rejects.toThrow('a fault was ordered');
    expect(storage.calls.length).toBeLessThan(8);
    expect(await storage.exists('staticfiles.json')).toBe(false);
  });

  it('ends when it is told to', async () => {
    const storage = new MemoryStorage();
    const stop = new AbortController();

    const collecting = collectStatic({
      sources: [await sourceTree(first)],
      storage,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('Ctrl-C')),
    });

    await expect(collecting).rejects.toThrow('Ctrl-C');
    expect(await storage.exists('staticfiles.json')).toBe(false);
  });

  it.each([
    { size: 'small', bytes: 'x', later: 'y' },
    { size: 'large', bytes: 'x'.repeat(1_500_000), later: 'y'.repeat(1_500_000) },
  ])('holds no $size file under a name that is not its own', async ({ bytes, later }) => {
    const directory = await sourceTree({
      'a.txt': 'a',
      'b.css': '@import "c.css"',
      'c.css': bytes,
    });
    const storage = new MemoryStorage();

    const collecting = collectStatic({
      sources: [directory],
      storage,
      concurrency: 1,
      onProgress: ({ done }) => {
        if (done === 1) writeFileSync(join(directory, 'c.css'), later);
      },
    });

    await expect(collecting).rejects.toThrow(
      'Cannot collect static files: "c.css" changed meanwhile',
    );
    expect(await namesIn(storage)).toEqual(['a.0cc175b9c0f1.txt']);
  });

  it.each([
    { size: 'small', bytes: 'x' },
    { size: 'large', bytes: 'x'.repeat(1_500_000) },
  ])('without a $size file that is gone meanwhile is none', async ({ bytes }) => {
    const directory = await sourceTree({ 'a.txt': 'a', 'b.txt': bytes });

    const collecting = collectStatic({
      sources: [directory],
      storage: new MemoryStorage(),
      concurrency: 1,
      onProgress: () => rmSync(join(directory, 'b.txt'), { force: true }),
    });

    await expect(collecting).rejects.toThrow(
      /^Cannot collect static files: "b.txt" cannot be read: ENOENT$/,
    );
  });
});

describe('a process that is killed while it collects', () => {
  it.each([
    { when: 'at the first object', steps: 1 },
    { when: 'among the hashed names', steps: 3 },
    { when: 'among the plain names', steps: 6 },
    { when: 'while it prunes', steps: 9 },
  ])('$when leaves a whole version, and the next run ends the work', async ({ steps }) => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({ location });
    const { directory, manifest } = await firstVersions(storage);
    const before = await served(storage, manifest);
    await writeTree(directory, second);

    const child = spawn(process.execPath, [script, directory, location, String(steps)]);
    const [, signal] = await once(child, 'exit');

    expect(signal).toBe('SIGKILL');
    expect(await served(storage, manifest)).toEqual(before);
    expect(await served(storage, await readManifest(storage))).not.toEqual([]);
    await collectStatic({ sources: [directory], storage, prune: true });
    expect(await namesIn(storage)).toEqual(await namesAfterSecond());
  });
});

/** Two versions, so that the next one has something to prune. */
async function firstVersions(
  storage: FileStorage,
): Promise<{ directory: string; manifest: StaticManifest | undefined }> {
  const directory = await sourceTree(first);
  await collectStatic({ sources: [await sourceTree({ 'older.txt': '' })], storage, prune: true });
  const { manifest } = await collectStatic({ sources: [directory], storage, prune: true });
  return { directory, manifest };
}

/** What a run that nobody kills leaves. */
async function namesAfterSecond(): Promise<string[]> {
  const storage = new MemoryStorage();
  const { directory } = await firstVersions(storage);
  await writeTree(directory, second);
  await collectStatic({ sources: [directory], storage, prune: true });
  return namesIn(storage);
}
