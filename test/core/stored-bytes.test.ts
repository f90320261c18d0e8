import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { FileNotFoundError, IntegrityError, MemoryStorage, type FieldFile } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../support/temporary-directory.ts';
import { storedFile } from './stored-file.ts';

const text = 'héllo\nwörld\n';

async function changedFile(): Promise<FieldFile> {
  const { file, storage, row } = await storedFile(text);
  await storage.save(row.name, 'something else', { ifExists: 'overwrite' });
  return file;
}

describe('the bytes of a stored file', () => {
  it.each([
    ['bytes()', async (file: FieldFile) => Buffer.from(await file.bytes()).toString()],
    ['text()', (file: FieldFile) => file.text()],
    ['blob()', async (file: FieldFile) => (await file.blob()).text()],
    ['stream()', async (file: FieldFile) => new Response(file.stream()).text()],
    [
      'chunks()',
      async (file: FieldFile) => Buffer.concat(await Array.fromAsync(file.chunks())).toString(),
    ],
    ['lines()', async (file: FieldFile) => `${(await Array.fromAsync(file.lines())).join('\n')}\n`],
  ])('are read from the start at every call: %s', async (_, read) => {
    const { file } = await storedFile(text);

    expect(await read(file)).toBe(text);
    expect(await read(file)).toBe(text);
  });

  it.each([
    ['chunks()', async (file: FieldFile) => file.chunks(5)],
    ['lines()', async (file: FieldFile) => file.lines()],
  ])('are read from the start by every loop over one %s', async (_, read) => {
    const { file } = await storedFile(text);
    const parts = await read(file);

    const first = await Array.fromAsync<unknown>(parts);

    expect(first).not.toEqual([]);
    expect(await Array.fromAsync<unknown>(parts)).toEqual(first);
  });

  it('come in chunks of 64 KiB unless another size is asked for', async () => {
    const { file } = await storedFile(new Uint8Array(100_000));

    const chunks = await Array.fromAsync(file.chunks());

    expect(chunks.map((chunk) => chunk.byteLength)).toEqual([65_536, 34_464]);
  });

  it.each([
    [1, 14],
    [5, 3],
    [13, 2],
    [14, 1],
    [15, 1],
  ])('come in chunks of the size asked for: %i', async (size, count) => {
    const { file } = await storedFile(text);

    const chunks = await Array.fromAsync(file.chunks(size));

    expect(chunks.length).toBe(count);
    expect(Buffer.concat(chunks).toString()).toBe(text);
  });

  it('have the type of the file in a Blob', async () => {
    const { file } = await storedFile(text);

    expect((await file.blob()).type).toBe('text/plain');
  });

  it('are parsed as JSON', async () => {
    const { file } = await storedFile('{"a":[1]}');

    expect(await file.json()).toEqual({ a: [1] });
  });

  it('are refused as JSON when they are none', async () => {
    const { file } = await storedFile(text);

    await expect(file.json()).rejects.toThrow(SyntaxError);
  });

  it('do not change in the storage with what a reader does to them', async () => {
    const { file } = await storedFile(text);

    (await file.bytes()).fill(0);

    expect(await file.text()).toBe(text);
  });

  it.each([
    ['from the start', { start: 0 }, text],
    ['from a byte on', { start: 7 }, 'wörld\n'],
    ['up to a byte, which is left out', { end: 6 }, 'héllo'],
    ['between two bytes', { start: 3, end: 6 }, 'llo'],
    ['to behind the end', { start: 12, end: 99 }, 'd\n'],
    ['behind the end', { start: 99 }, ''],
    ['of nothing', { start: 3, end: 3 }, ''],
    ['turned around', { start: 6, end: 3 }, ''],
  ])('are read in part: %s', async (_, range, part) => {
    const { file } = await storedFile(text);

    expect(await file.text(range)).toBe(part);
    expect(await file.copy().text(range)).toBe(part);
    expect(Buffer.concat(await Array.fromAsync(file.chunks(2, range))).toString()).toBe(part);
  });

  it.each([[{ start: -1 }], [{ end: 1.5 }], [{ start: Number.NaN }]])(
    'are not read in the range %o',
    async (range) => {
      const { file } = await storedFile(text);

      await expect(file.bytes(range)).rejects.toThrow(RangeError);
    },
  );

  it('end with the reason of a signal', async () => {
    const { file } = await storedFile(new Uint8Array(200_000));
    const controller = new AbortController();
    const chunks = file.chunks(65_536, { signal: controller.signal })[Symbol.asyncIterator]();
    await chunks.next();

    controller.abort(new Error('enough'));

    await expect(chunks.next()).rejects.toThrow('enough');
  });

  it('are not asked for under a signal that was given already', async () => {
    const { file } = await storedFile(text);
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(file.bytes({ signal })).rejects.toThrow('enough');
  });

  it('are not asked for before somebody reads the stream', async () => {
    const { file, storage, row } = await storedFile(text);
    const stream = file.stream();

    await storage.delete(row.name);

    await expect(new Response(stream).text()).rejects.toThrow(FileNotFoundError);
  });

  it('are let go by a stream that is cancelled', async () => {
    const { file, storage } = await storedFile(new Uint8Array(200_000));
    const closed = Promise.withResolvers<unknown>();
    storage.open = async () =>
      new ReadableStream({ pull: (it) => it.enqueue(new Uint8Array(9)), cancel: closed.resolve });
    const reader = file.stream().getReader();
    await reader.read();

    await reader.cancel('enough');

    expect(await closed.promise).toBe('enough');
  });

  it('are missed when the object is gone', async () => {
    const { file, storage, row } = await storedFile(text);

    await storage.delete(row.name);

    await expect(file.bytes()).rejects.toThrow(
      'Cannot open "avatars/me.txt" in storage "default": no such file',
    );
    await expect(file.stat()).rejects.toThrow(FileNotFoundError);
    expect(await file.exists()).toBe(false);
  });

  it('are measured by the storage on request', async () => {
    const { file } = await storedFile(text, { row: { size: 1 } });

    expect(await file.stat()).toMatchObject({ name: 'avatars/me.txt', size: 14 });
    expect(await file.exists()).toBe(true);
    expect(file.size).toBe(1);
  });
});

describe('verified reading', () => {
  it.each([
    ['bytes()', (file: FieldFile): unknown => file.bytes({ verify: true })],
    ['text()', (file: FieldFile): unknown => file.text({ verify: true })],
    ['json()', (file: FieldFile): unknown => file.json({ verify: true })],
    ['blob()', (file: FieldFile): unknown => file.blob({ verify: true })],
    ['stream()', (file: FieldFile): unknown => new Response(file.stream({ verify: true })).text()],
    ['chunks()', (file: FieldFile): unknown => Array.fromAsync(file.chunks(5, { verify: true }))],
    ['lines()', (file: FieldFile): unknown => Array.fromAsync(file.lines({ verify: true }))],
    [
      'saveTo()',
      async (file: FieldFile) =>
        file.saveTo(join(await temporaryDirectory(), 'a'), { verify: true }),
    ],
    ['a pending copy', (file: FieldFile): unknown => file.copy().bytes({ verify: true })],
  ])('fails when the bytes are not the recorded ones: %s', async (_, read) => {
    const file = await changedFile();

    await expect(read(file)).rejects.toThrow(IntegrityError);
  });

  it('gives the bytes when they are the recorded ones', async () => {
    const { file } = await storedFile(text);

    expect(await file.text({ verify: true })).toBe(text);
    expect(await file.text({ verify: true, start: 0 })).toBe(text);
  });

  it('reads nothing where no checksum is recorded', async () => {
    const { storage, row } = await storedFile(text);
    const { sha256, ...unchecked } = row;
    const file = fileBinding.hydrate(unchecked, { storage: () => storage });
    storage.open = () => Promise.reject(new Error('it was read'));

    await expect(file.bytes({ verify: true })).rejects.toThrow(
      'Cannot verify "avatars/me.txt" in storage "default": no checksum is recorded',
    );
  });

  it('is refused for a part of the file', async () => {
    const { file } = await storedFile(text);

    await expect(file.bytes({ verify: true, start: 3 })).rejects.toThrow(TypeError);
  });

  it('is not done unless asked for', async () => {
    const file = await changedFile();

    expect(await file.text()).toBe('something else');
    expect(await file.text({ verify: false, end: 4 })).toBe('some');
  });
});

describe('saving to a path', () => {
  it.each([
    ['a path', (path: string) => path],
    ['a file URL', (path: string) => pathToFileURL(path)],
  ])('creates the file: %s', async (_, from) => {
    const { file } = await storedFile(text);
    const path = join(await temporaryDirectory(), 'a.txt');

    await file.saveTo(from(path));

    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('replaces what was there and leaves nothing beside it', async () => {
    const { file } = await storedFile(text);
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.txt'), 'something much longer than the new text');

    await file.saveTo(join(directory, 'a.txt'));

    expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe(text);
    expect(await readdir(directory)).toEqual(['a.txt']);
  });

  it('replaces a symbolic link, not the file that it leads to', async () => {
    const { file } = await storedFile(text);
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'other.txt'), 'other');
    await symlink(join(directory, 'other.txt'), join(directory, 'a.txt'));

    await file.saveTo(join(directory, 'a.txt'));

    expect(await readFile(join(directory, 'other.txt'), 'utf8')).toBe('other');
    expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe(text);
  });

  it('takes a filename as long as the disk allows', async () => {
    const { file } = await storedFile(text);
    const path = join(await temporaryDirectory(), 'a'.repeat(255));

    await file.saveTo(path);

    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it.each([
    ['the bytes are not the recorded ones', { verify: true }],
    ['it is aborted', { signal: AbortSignal.abort(new Error('enough')) }],
    ['the range is none', { start: -1 }],
  ])('leaves the file as it was when %s', async (_, options) => {
    const file = await changedFile();
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.txt'), 'before');

    await expect(file.saveTo(join(directory, 'a.txt'), options)).rejects.toThrow(Error);

    expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe('before');
    expect(await readdir(directory)).toEqual(['a.txt']);
  });

  it('leaves the file as it was when the storage breaks off', async () => {
    const { file, storage } = await storedFile(text);
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.txt'), 'before');
    storage.open = async () => ReadableStream.from(brokenOff());

    await expect(file.saveTo(join(directory, 'a.txt'))).rejects.toThrow('broken off');

    expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe('before');
    expect(await readdir(directory)).toEqual(['a.txt']);
  });

  it('leaves a directory that has the name', async () => {
    const { file } = await storedFile(text);
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'a', 'b'), { recursive: true });

    await expect(file.saveTo(join(directory, 'a'))).rejects.toThrow(/^Cannot write "a": /);

    expect(await readdir(directory, { recursive: true })).toEqual(['a', 'a/b']);
  });

  it.each([
    ['a directory that is not there', 'gone/a.txt', 'no such file or directory (ENOENT)'],
    ['a file as a directory', 'file/a.txt', 'not a directory (ENOTDIR)'],
  ])('says what is wrong without the path of the directory: %s', async (_, path, reason) => {
    const { file } = await storedFile(text);
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');

    const error: unknown = await file.saveTo(join(directory, path)).catch((failure) => failure);

    expect(error).toMatchObject({ message: `Cannot write "a.txt": ${reason}` });
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain(directory);
  });

  it('writes a pending file too', async () => {
    const { file } = await storedFile(text, { storage: new MemoryStorage() });
    const path = join(await temporaryDirectory(), 'a.txt');

    await file.copy().saveTo(path);

    expect(await readFile(path, 'utf8')).toBe(text);
  });
});

async function* brokenOff(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('half');
  throw new Error('broken off');
}
