import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

import {
  FileSystemStorage,
  IntegrityError,
  InvalidNameError,
  StorageError,
  StorageOptionsError,
  UnsupportedOperationError,
  type FileSystemStorageOptions,
} from '@filefield/core';
import { describe, expect, it } from 'vitest';

import { DiskLocation } from '../../packages/core/src/file-system/disk-location.ts';
import { UnfinishedFile } from '../../packages/core/src/file-system/unfinished-file.ts';
import { verifyUrl } from '../../packages/core/src/url-signature.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const key = 'k'.repeat(32);

async function createStorage(
  options: Partial<FileSystemStorageOptions> = {},
): Promise<{ storage: FileSystemStorage; root: string }> {
  const root = join(await temporaryDirectory(), 'media');
  return { storage: new FileSystemStorage({ location: root, ...options }), root };
}

async function read(storage: FileSystemStorage, name: string): Promise<string> {
  return await new Response(await storage.open(name)).text();
}

async function unfinishedFiles(root: string): Promise<string[]> {
  return await readdir(join(root, '.filefield', 'tmp'), { recursive: true });
}

async function modeOf(path: string): Promise<number> {
  return (await lstat(path)).mode & 0o777;
}

describe('the location', () => {
  it('is created when it is missing', async () => {
    const root = join(await temporaryDirectory(), 'not', 'yet', 'here');

    const storage = new FileSystemStorage({ location: root });

    expect(storage.location).toBe(`${pathToFileURL(root).href}/`);
    expect(existsSync(root)).toBe(true);
  });

  it('may be a file URL', async () => {
    const { storage, root } = await createStorage();

    expect(new FileSystemStorage({ location: pathToFileURL(root) }).location).toBe(
      storage.location,
    );
  });

  it('is the real place behind a symbolic link', async () => {
    const { storage, root } = await createStorage();
    await symlink(root, `${root}-link`);

    const linked = new FileSystemStorage({ location: `${root}-link` });

    expect(linked.location).toBe(storage.location);
    await linked.save('a.txt', 'x');
    expect(await read(storage, 'a.txt')).toBe('x');
  });

  it('encodes what a URL cannot hold', async () => {
    const root = join(await temporaryDirectory(), 'my media?');

    const storage = new FileSystemStorage({ location: root });

    expect(storage.location).toMatch(/\/my%20media%3F\/$/);
  });

  it('is refused when it is empty', () => {
    expect(() => new FileSystemStorage({ location: '' })).toThrow(
      'Cannot use the location "": it names no directory',
    );
  });

  it('is refused when it is a file, without telling where', async () => {
    const path = join(await temporaryDirectory(), 'a.txt');
    await writeFile(path, 'x');
    const create = (): unknown => new FileSystemStorage({ location: path });

    expect(create).toThrow(StorageOptionsError);
    expect(create).toThrow('Cannot use the location as a directory: file already exists (EEXIST)');
    expect(create).toThrow(
      expect.objectContaining({ cause: expect.not.objectContaining({ path: expect.anything() }) }),
    );
  });

  it('is refused when unfinished files would wait somewhere else', async () => {
    const root = await temporaryDirectory();
    const elsewhere = await temporaryDirectory();
    await symlink(elsewhere, join(root, '.filefield'));

    expect(() => new FileSystemStorage({ location: root })).toThrow(
      'Cannot use the location: its ".filefield" is a symbolic link',
    );
  });
});

describe('an object that is being written', () => {
  it('is not visible before it is complete, and leaves nothing beside it', async () => {
    const { storage, root } = await createStorage();
    const seen: unknown[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      seen.push(await readdir(root), (await unfinishedFiles(root)).length);
      yield new Uint8Array(100_000);
    }

    await storage.save('a/b.bin', source());

    expect(seen).toEqual([['.filefield'], 2]);
    expect(await unfinishedFiles(root)).toEqual([]);
    expect(await readdir(join(root, 'a'))).toEqual(['b.bin']);
  });

  it('leaves nothing when its source fails', async () => {
    const { storage, root } = await createStorage();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      throw new Error('reset');
    }

    await expect(storage.save('a/b.bin', source())).rejects.toThrow('reset');

    expect(await unfinishedFiles(root)).toEqual([]);
    expect(await readdir(root)).toEqual(['.filefield']);
  });

  it('never appears once it was reclaimed', async () => {
    const { storage, root } = await createStorage();
    const { promise: reclaimed, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      begin();
      await reclaimed;
    }
    const save = storage.save('a.bin', source(), { ifExists: 'error' });
    await begun;

    await storage.reclaim(['a.bin']);
    goOn();

    await expect(save).rejects.toThrow(StorageError);
    expect(await storage.exists('a.bin')).toBe(false);
    expect(await unfinishedFiles(root)).toEqual([]);
  });

  it('is not disturbed when another name is reclaimed', async () => {
    const { storage } = await createStorage();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      await storage.reclaim(['b.bin', 'a']);
    }

    await storage.save('a.bin', source());

    expect(await storage.size('a.bin')).toBe(100_000);
  });

  it('reaches a directory that lies on another file system', async () => {
    const { storage, root } = await createStorage();
    const disk = new DiskLocation(root);
    // Another file system than that of temporary files on the Linux machines that run the tests.
    const file = await UnfinishedFile.create(disk, `/dev/shm/filefield-${process.pid}`);
    await file.write(Buffer.from('bytes'));
    await file.complete(0o640);

    expect(await file.place('mounted/a.txt', false)).toBe(true);
    expect(await file.place('mounted/a.txt', false)).toBe(false);
    await file.dispose();

    expect(await read(storage, 'mounted/a.txt')).toBe('bytes');
    expect(await modeOf(join(root, 'mounted/a.txt'))).toBe(0o640);
    expect(await readdir(join(root, 'mounted'))).toEqual(['a.txt']);
  });

  it('is reclaimed beside its name too', async () => {
    const { storage, root } = await createStorage();
    const disk = new DiskLocation(root);
    await storage.save('mounted/other.txt', 'x');
    const file = await UnfinishedFile.create(disk, disk.unfinishedBeside('mounted/a.txt'));
    await file.complete(0o644);
    const { files, directories } = await storage.list('mounted');

    await storage.reclaim(['mounted/a.txt']);

    expect([files.length, directories]).toEqual([1, []]);
    expect(await readdir(join(root, 'mounted'))).toEqual(['other.txt']);
  });

  it('may not be named like those that wait', async () => {
    const { storage } = await createStorage();

    await expect(storage.save('a/.filefield-x/b', 'x')).rejects.toThrow(InvalidNameError);
  });
});

describe('reading', () => {
  it('goes on with the old bytes when the object is replaced meanwhile', async () => {
    const { storage } = await createStorage();
    await storage.save('a.txt', 'first');
    const stream = await storage.open('a.txt');

    await storage.save('a.txt', 'second', { ifExists: 'overwrite' });

    expect(await new Response(stream).text()).toBe('first');
    expect(await read(storage, 'a.txt')).toBe('second');
  });

  it('fails when the file is cut short meanwhile', async () => {
    const { storage, root } = await createStorage();
    await storage.save('a.bin', new Uint8Array(1_000_000));
    const stream = await storage.open('a.bin');

    await truncate(join(root, 'a.bin'), 500_000);

    await expect(new Response(stream).bytes()).rejects.toThrow(IntegrityError);
  });

  it('tells when a file was made, changed and read last', async () => {
    const { storage, root } = await createStorage();
    await storage.save('a.txt', 'x');
    await utimes(join(root, 'a.txt'), 1_000_000_000, 1_100_000_000);

    const { createdAt, modifiedAt, accessedAt } = await storage.stat('a.txt');

    const { birthtime } = await lstat(join(root, 'a.txt'), { bigint: true });
    expect(createdAt).toEqual(birthtime);
    expect(modifiedAt).toEqual(new Date(1_100_000_000_000));
    expect(accessedAt).toEqual(new Date(1_000_000_000_000));
  });

  it('tells another etag when the object is replaced', async () => {
    const { storage } = await createStorage();
    await storage.save('a.txt', 'first');
    const { etag } = await storage.stat('a.txt');

    await storage.save('a.txt', 'other', { ifExists: 'overwrite' });

    expect(etag).toMatch(/^\w+-5-\w+$/);
    expect((await storage.stat('a.txt')).etag).not.toBe(etag);
  });
});

describe('a symbolic link in place of an object', () => {
  async function createLinked(): Promise<{
    storage: FileSystemStorage;
    root: string;
    secret: string;
  }> {
    const { storage, root } = await createStorage();
    const secret = join(await temporaryDirectory(), 'secret.txt');
    await writeFile(secret, 'secret');
    await storage.save('inside.txt', 'inside');
    await symlink(secret, join(root, 'out.txt'));
    await symlink('inside.txt', join(root, 'in.txt'));
    await symlink('nowhere', join(root, 'broken.txt'));
    return { storage, root, secret };
  }

  it.each(['out.txt', 'in.txt', 'broken.txt'])('is no object: %s', async (name) => {
    const { storage } = await createLinked();

    expect(await storage.exists(name)).toBe(false);
    await expect(storage.open(name)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(storage.stat(name)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(storage.copy(name, 'to.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(storage.move(name, 'to.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect((await storage.list()).files.map((file) => file.name)).toEqual(['inside.txt']);
  });

  it.each(['out.txt', 'in.txt', 'broken.txt'])('takes the name: %s', async (name) => {
    const { storage, secret } = await createLinked();

    const save = storage.save(name, 'mine', { ifExists: 'error' });

    await expect(save).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect((await storage.save(name, 'mine')).name).not.toBe(name);
    await expect(storage.copy('inside.txt', name)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await readFile(secret, 'utf8')).toBe('secret');
  });

  it('is itself replaced, never its target', async () => {
    const { storage, secret } = await createLinked();

    await storage.save('out.txt', 'mine', { ifExists: 'overwrite' });

    expect(await read(storage, 'out.txt')).toBe('mine');
    expect(await readFile(secret, 'utf8')).toBe('secret');
  });

  it('is itself deleted, never its target', async () => {
    const { storage, root, secret } = await createLinked();

    await storage.reclaim(['out.txt']);

    expect(existsSync(join(root, 'out.txt'))).toBe(false);
    expect(await readFile(secret, 'utf8')).toBe('secret');
  });
});

describe('a symbolic link in place of a directory', () => {
  async function createLinked(): Promise<{
    storage: FileSystemStorage;
    root: string;
    outside: string;
  }> {
    const { storage, root } = await createStorage();
    const outside = await temporaryDirectory();
    await mkdir(join(outside, 'deep'));
    await writeFile(join(outside, 'deep', 'secret.txt'), 'secret');
    await storage.save('real/deep/secret.txt', 'inside');
    await symlink(outside, join(root, 'out'));
    await symlink('real', join(root, 'in'));
    return { storage, root, outside };
  }

  it.each(['out', 'in'])('leads to no object: %s', async (directory) => {
    const { storage } = await createLinked();
    const name = `${directory}/deep/secret.txt`;

    expect(await storage.exists(name)).toBe(false);
    await expect(storage.open(name)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(storage.stat(name)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(storage.copy(name, 'to.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(storage.move(name, 'to.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await storage.list(`${directory}/deep`)).toEqual({ directories: [], files: [] });
  });

  it('is not listed and not walked into', async () => {
    const { storage } = await createLinked();

    expect((await storage.list()).directories).toEqual(['real']);
    expect(await Array.fromAsync(storage.walk(), (file) => file.name)).toEqual([
      'real/deep/secret.txt',
    ]);
  });

  it.each(['out/mine.txt', 'out/deep/mine.txt', 'out/new/dir/mine.txt', 'in/mine.txt'])(
    'lets nothing be written below it: %s',
    async (name) => {
      const { storage, root, outside } = await createLinked();
      const origin = 'real/deep/secret.txt';

      await expect(storage.save(name, 'x')).rejects.toThrow(InvalidNameError);
      await expect(storage.copy(origin, name)).rejects.toThrow(InvalidNameError);
      await expect(storage.move(origin, name)).rejects.toThrow(InvalidNameError);

      expect(await readdir(outside, { recursive: true })).toEqual(['deep', 'deep/secret.txt']);
      expect(await unfinishedFiles(root)).toEqual([]);
    },
  );

  it('lets nothing be deleted below it', async () => {
    const { storage, outside } = await createLinked();

    await storage.delete('out/deep/secret.txt');
    await storage.reclaim(['out/deep/secret.txt', 'in/deep/secret.txt']);

    expect(await readFile(join(outside, 'deep', 'secret.txt'), 'utf8')).toBe('secret');
    expect(await read(storage, 'real/deep/secret.txt')).toBe('inside');
  });
});

describe('what else a disk may hold', () => {
  it('a pipe is no object, and nobody waits for its writer', async () => {
    const { storage, root } = await createStorage();
    execFileSync('/usr/bin/env', ['mkfifo', join(root, 'pipe.txt')]);

    expect(await storage.exists('pipe.txt')).toBe(false);
    await expect(storage.open('pipe.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect((await storage.list()).files).toEqual([]);
  });

  it('a directory takes the name', async () => {
    const { storage } = await createStorage();
    await storage.save('a/b.txt', 'x');

    expect((await storage.save('a', 'y')).name).toMatch(/^a_\w{7}$/);
    await expect(storage.save('a', 'y', { ifExists: 'error' })).rejects.toThrow(
      'the name is taken',
    );
    await expect(storage.save('a', 'y', { ifExists: 'overwrite' })).rejects.toThrow(StorageError);
    expect(await read(storage, 'a/b.txt')).toBe('x');
  });

  it.each<[what: string, entry: string | Buffer]>([
    ['a line break', 'a\nb.txt'],
    ['decomposed characters', 'cafe\u0301.txt'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0x62])],
    ['a backslash', 'a\\b.txt'],
    ['a dot at the end', 'a.'],
    ['an invisible character', 'a\u200bb.txt'],
  ])('names that nobody can use are not listed: %s', async (_what, entry) => {
    const { storage, root } = await createStorage();
    await storage.save('good.txt', 'x');
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from(entry)]), 'x');

    expect((await storage.list()).files.map((file) => file.name)).toEqual(['good.txt']);
    expect(await Array.fromAsync(storage.walk(), (file) => file.name)).toEqual(['good.txt']);
  });

  it('a directory that holds something else stays when its last object goes', async () => {
    const { storage, root } = await createStorage();
    await storage.save('a/b/c.txt', 'x');
    await writeFile(join(root, 'a', 'not.'), 'x');

    await storage.delete('a/b/c.txt');

    expect(await readdir(join(root, 'a'))).toEqual(['not.']);
  });
});

describe('copy and move', () => {
  it('a move that was cut short between its two steps is finished', async () => {
    const { storage, root } = await createStorage();
    await storage.save('from.txt', 'x');
    await link(join(root, 'from.txt'), join(root, 'to.txt'));

    await storage.move('from.txt', 'to.txt');

    expect((await storage.list()).files.map((file) => file.name)).toEqual(['to.txt']);
  });

  it('a copy is a file of its own', async () => {
    const { storage, root } = await createStorage();
    await storage.save('from.txt', 'x');

    await storage.copy('from.txt', 'a/to.txt');

    const [from, to] = await Promise.all(
      ['from.txt', 'a/to.txt'].map((name) => lstat(join(root, name))),
    );
    expect(from?.ino).not.toBe(to?.ino);
    expect([from?.nlink, to?.nlink]).toEqual([1, 1]);
    expect(await unfinishedFiles(root)).toEqual([]);
  });

  it('a file that only its owner may read is copied', async () => {
    const { storage, root } = await createStorage();
    await storage.save('from.txt', 'x');
    await chmod(join(root, 'from.txt'), 0o400);

    await storage.copy('from.txt', 'to.txt');

    expect(await modeOf(join(root, 'to.txt'))).toBe(0o644);
  });

  it('leave nothing behind when the name is taken', async () => {
    const { storage, root } = await createStorage();
    await storage.save('from.txt', 'x');
    await storage.save('to.txt', 'y');

    await expect(storage.copy('from.txt', 'to.txt')).rejects.toThrow('the name is taken');

    expect(await unfinishedFiles(root)).toEqual([]);
  });
});

describe('an error', () => {
  it('does not tell where the location is', async () => {
    const { storage, root } = await createStorage();
    storage.alias = 'media';
    await storage.save('a.txt', 'x');
    const failures = await Promise.allSettled([
      storage.save('a.txt/b.txt', 'y'),
      storage.save('a.txt', 'y', { ifExists: 'error' }),
      storage.open('none.txt'),
      storage.copy('none.txt', 'to.txt'),
      storage.move('a.txt', 'a.txt/b.txt'),
      storage.list('../up'),
    ]);

    expect(failures.map(({ status }) => status)).toEqual(failures.map(() => 'rejected'));
    expect(inspect(failures, { depth: 9 })).not.toContain(root);
    expect(failures[0]).toMatchObject({
      reason: {
        message: 'Cannot save "a.txt/b.txt" in storage "media": not a directory (ENOTDIR)',
      },
    });
  });
});

describe('a URL', () => {
  const expires = /\?expires=\d{10}&signature=[\w-]{43}$/;

  it.each([
    ['/media/', 'a/b.txt', '/media/a/b.txt'],
    ['/media', 'a/b.txt', '/media/a/b.txt'],
    ['/', 'a.txt', '/a.txt'],
    ['https://cdn.example.org', 'a.txt', 'https://cdn.example.org/a.txt'],
    [
      'https://example.org/media/',
      'ü b/100%?#&+;=@.txt',
      'https://example.org/media/%C3%BC%20b/100%25%3F%23%26%2B%3B%3D%40.txt',
    ],
    ['/media/', "it's~(so)!*.txt", "/media/it's~(so)!*.txt"],
  ])('of a public object below %s: %s', async (baseUrl, name, url) => {
    const { storage } = await createStorage({ baseUrl, visibility: 'public' });

    expect(storage.url(name)).toBe(url);
    expect(storage.capabilities.signedUrls).toBe(false);
  });

  it('of a private object is signed and expires', async () => {
    const { storage } = await createStorage({ baseUrl: '/media/', keys: [key] });
    storage.alias = 'private';

    const url = storage.url('a.pdf', { download: 'Bill.pdf', type: 'application/pdf' });

    const { pathname, searchParams } = new URL(url, 'https://host.test');
    expect(pathname).toBe('/media/a.pdf');
    expect(searchParams.get('download')).toBe('Bill.pdf');
    expect(verifyUrl({ storage: 'private', name: 'a.pdf' }, searchParams, [key])).toBe('valid');
    expect(storage.url('a.pdf')).toMatch(expires);
    expect(storage.capabilities.signedUrls).toBe(true);
  });

  it('of a private object is never handed out unsigned', async () => {
    const { storage } = await createStorage({ baseUrl: '/media/' });
    storage.alias = 'private';

    expect(() => storage.url('a.txt')).toThrow(UnsupportedOperationError);
    expect(() => storage.url('a.txt')).toThrow(
      'Cannot make a URL in storage "private": it is private and has no keys to sign with, give it keys or make it public',
    );
  });

  it('does not exist without a base', async () => {
    const { storage } = await createStorage({ visibility: 'public' });

    expect(() => storage.url('a.txt')).toThrow('Cannot make a URL: it has no baseUrl');
  });

  it.each([
    '//evil.example',
    'media/',
    'javascript:alert(1)',
    'https://',
    '/media?x=',
    '/a#b',
    '\\\\evil',
  ])('cannot begin with %s', async (baseUrl) => {
    const location = await temporaryDirectory();

    expect(() => new FileSystemStorage({ location, baseUrl })).toThrow(StorageOptionsError);
  });

  it('cannot be signed with a short key', async () => {
    const location = await temporaryDirectory();

    expect(() => new FileSystemStorage({ location, keys: ['short'] })).toThrow(
      'Cannot sign URLs: a key has fewer than 32 characters',
    );
  });

  it.each([0, -1, 1.5, 604_801, Number.NaN])('cannot live for %d seconds', async (seconds) => {
    const { storage, root } = await createStorage({ baseUrl: '/media/', keys: [key] });

    expect(() => storage.url('a.txt', { expiresIn: seconds })).toThrow(StorageOptionsError);
    expect(() => new FileSystemStorage({ location: root, urlExpiresIn: seconds })).toThrow(
      StorageOptionsError,
    );
  });
});

describe('the file system', () => {
  it('says how it tells names apart', async () => {
    const { storage, root } = await createStorage();
    await mkdir(join(root, 'CASE'));
    await mkdir(join(root, '\u00e9'));

    expect(storage.capabilities).toMatchObject({
      caseSensitive: !existsSync(join(root, 'case')),
      normalizing: existsSync(join(root, 'e\u0301')),
    });
    expect(await readdir(join(root, '.filefield', 'tmp'))).toEqual([]);
  });
});
