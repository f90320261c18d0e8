import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage, MemoryStorage, type FileStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCli } from './run-cli.ts';

describe('filefield ls', () => {
  it('lists one level, directories first', async () => {
    const media = await holding({ 'a.txt': 'a', 'docs/b.txt': 'bb' });

    const { exitCode, stdout } = await runCli(['ls', 'media'], { storages: { media } });

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'docs/\na.txt\n' });
  });

  it('lists everything below a directory, with sizes and times', async () => {
    const media = await holding({ 'a.txt': 'a', 'docs/b.txt': 'bb', 'docs/x/c.txt': 'ccc' });

    const { stdout } = await runCli(['ls', '-rl', 'media:docs'], { storages: { media } });

    expect(stdout.replaceAll(/[\dT:Z-]{20}/g, 'TIME')).toBe(
      '      2 B  TIME  docs/b.txt\n      3 B  TIME  docs/x/c.txt\n',
    );
  });

  it('answers JSON', async () => {
    const media = await holding({ 'docs/b.txt': 'bb' });

    const { stdout } = await runCli(['ls', '-r', 'media', '--json'], { storages: { media } });

    expect(JSON.parse(stdout)).toMatchObject({
      storage: 'media',
      entries: [{ kind: 'object', name: 'docs/b.txt', size: 2 }],
    });
  });
});

describe('filefield stat', () => {
  it('tells what the storage knows', async () => {
    const media = await holding({ 'a.txt': 'abc' });

    const { stdout } = await runCli(['stat', 'media:a.txt'], { storages: { media } });

    expect(stdout).toContain('storage: media\nname: a.txt\nsize: 3\n');
  });
});

describe('filefield smoke', () => {
  it('tells every step of every storage', async () => {
    const storages = { media: new MemoryStorage(), other: new MemoryStorage() };

    const { exitCode, stdout } = await runCli(['smoke', 'media', 'other'], { storages });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('media save: good, 1024 bytes are stored\n');
    expect(stdout).toContain('other gone: good, it is gone\n');
  });

  it('ends with 1 when a step is bad', async () => {
    const media = failingStorage(new MemoryStorage(), [{ operation: 'open' }]);

    const { exitCode, stdout } = await runCli(['smoke', 'media', '--json'], {
      storages: { media },
    });

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ storage: 'media', isGood: false }]);
  });
});

describe('filefield cp', () => {
  it('fetches an object into a directory', async () => {
    const cwd = await temporaryDirectory();
    const media = await holding({ 'docs/a.txt': 'abc' });

    const { exitCode } = await runCli(
      ['cp', 'media:docs/a.txt', '.'],
      { storages: { media } },
      { cwd },
    );

    expect(exitCode).toBe(0);
    expect(await readFile(join(cwd, 'a.txt'), 'utf8')).toBe('abc');
  });

  it('stores a file under a name', async () => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, 'a:b.txt'), 'abc');
    const media = new MemoryStorage();

    await runCli(['cp', './a:b.txt', 'media:docs/a.txt'], { storages: { media } }, { cwd });

    expect(await content(media, 'docs/a.txt')).toBe('abc');
  });

  it.each([
    ['in one storage', 'media:copy.txt', 'media', 'copy.txt'],
    ['to another storage', 'other:copy.txt', 'other', 'copy.txt'],
    ['to a directory of another storage', 'other:docs/', 'other', 'docs/a.txt'],
  ] as const)('copies %s', async (_where, to, alias, name) => {
    const storages = { media: await holding({ 'a.txt': 'abc' }), other: new MemoryStorage() };

    const { exitCode } = await runCli(['cp', 'media:a.txt', to], { storages });

    expect(exitCode).toBe(0);
    expect(await content(storages[alias], name)).toBe('abc');
  });

  it('leaves alone what is there', async () => {
    const storages = { media: await holding({ a: 'new' }), other: await holding({ a: 'old' }) };

    const { exitCode, stderr } = await runCli(['cp', '-q', 'media:a', 'other:a'], { storages });

    expect(exitCode).toBe(1);
    expect(stderr).toBe('Cannot save "a" in storage "other": the name is taken\n');
    expect(await content(storages.other, 'a')).toBe('old');
  });

  it('overwrites when it is told to, and nobody can be asked', async () => {
    const storages = { media: await holding({ a: 'new' }), other: await holding({ a: 'old' }) };

    const asked = await runCli(['cp', '--overwrite', 'media:a', 'other:a'], { storages });
    const { exitCode } = await runCli(['cp', '--overwrite', '--yes', 'media:a', 'other:a'], {
      storages,
    });

    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Pass --yes') });
    expect(exitCode).toBe(0);
    expect(await content(storages.other, 'a')).toBe('new');
  });

  it('copies everything below a directory, and the second time nothing', async () => {
    const media = await holding({ 'docs/a': 'a', 'docs/x/b': 'b', c: 'c' });
    const storages = { media, other: new MemoryStorage() };

    const first = await runCli(['cp', '-r', 'media:docs', 'other:'], { storages });
    const second = await runCli(['cp', '-r', 'media:docs', 'other:', '--json'], { storages });

    expect(first.stdout).toBe('2 files copied, 2 B, 0 there already, 0 failed\n');
    expect(JSON.parse(second.stdout)).toMatchObject({ copied: 0, present: 2, failed: [] });
    expect(await names(storages.other)).toEqual(['a', 'x/b']);
  });

  it('goes on after one that fails, and tells it', async () => {
    const media = failingStorage(await holding({ a: 'a', b: 'b' }), [
      { operation: 'open', name: 'a' },
    ]);
    const storages = { media, other: new MemoryStorage() };

    const { exitCode, stdout, stderr } = await runCli(['cp', '-rq', 'media:', 'other:'], {
      storages,
    });

    expect({ exitCode, stdout }).toEqual({
      exitCode: 1,
      stdout: '1 file copied, 1 B, 0 there already, 1 failed\n',
    });
    expect(stderr).toContain('media:a: Cannot');
  });

  it('leaves no half file when it is stopped', async () => {
    const cwd = await temporaryDirectory();
    const media = failingStorage(await holding({ a: 'abc' }), [
      { operation: 'open', when: 'during', afterBytes: 1, effect: 'hang' },
    ]);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 100);

    const { exitCode, stderr } = await runCli(
      ['cp', 'media:a', './a'],
      { storages: { media } },
      { cwd, signal: stop.signal },
    );

    expect(exitCode).toBe(130);
    expect(stderr).toContain('Stopped. No half file was left; run it again');
    expect(await readdir(cwd)).toEqual([]);
  });

  it('escapes names that would move the cursor', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'a\u001B[2J.txt'), 'a');
    const media = new FileSystemStorage({ location });

    const { exitCode, stdout, stderr } = await runCli(
      ['cp', './a\u001B[2J.txt', 'media:b\u001B.txt'],
      { storages: { media } },
      { cwd: location },
    );

    expect(exitCode).toBe(1);
    expect(stdout + stderr).not.toContain('\u001B');
  });
});

async function holding(objects: Readonly<Record<string, string>>): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  for (const [name, bytes] of Object.entries(objects)) await storage.save(name, bytes);
  return storage;
}

async function names(storage: FileStorage): Promise<string[]> {
  return (await Array.fromAsync(storage.walk())).map(({ name }) => name);
}

async function content(storage: FileStorage, name: string): Promise<string> {
  return await new Response(await storage.open(name)).text();
}
