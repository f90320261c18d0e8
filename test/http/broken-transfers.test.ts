import { mkdtemp, readdir, readlink, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSystemStorage, MemoryStorage, StorageError, type FileStat } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { serveFile } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import { describe, expect, it, vi } from 'vitest';
import { afterwards } from '../support/afterwards.ts';
import { fileOf, uniqueText } from './served-files.ts';
import { running, sitesOf } from './sites.ts';

const mebibyte = 1024 * 1024;

/** Holds one object without an end, and counts who reads it. */
class EndlessStorage extends MemoryStorage {
  opened = 0;
  closed = 0;
  /** Chunks before it gives no more and does not end either. */
  chunks = Infinity;

  protected override async readObject(): ReturnType<MemoryStorage['readObject']> {
    this.opened += 1;
    let left = this.chunks;
    const next = async (): Promise<IteratorResult<Uint8Array>> =>
      left-- > 0 ? { done: false, value: new Uint8Array(65_536) } : new Promise(() => undefined);
    const close = async (): Promise<IteratorResult<Uint8Array>> => {
      this.closed += 1;
      return { done: true, value: undefined };
    };
    return { length: 1e12, bytes: { [Symbol.asyncIterator]: () => ({ next, return: close }) } };
  }

  protected override async statObject(name: string): Promise<FileStat> {
    return { name, size: 1e12, modifiedAt: new Date(0), etag: 'endless' };
  }
}

const location = await realpath(await mkdtemp(join(tmpdir(), 'filefield-')));
afterwards(async () => rm(location, { recursive: true, force: true }));
const disk = new FileSystemStorage({ location });
const endless = new EndlessStorage();
const hanging = Object.assign(new EndlessStorage(), { chunks: 1 });
const memory = new MemoryStorage();
await memory.save('broken.bin', new Uint8Array(mebibyte));
const faulty = failingStorage(memory, [{ operation: 'open', when: 'during', afterBytes: 500_000 }]);
await memory.save(uniqueText, 'Hello, world');

const files: Readonly<Record<string, Parameters<typeof serveFile>[0]>> = {
  '/endless': { storage: endless, name: 'endless.bin' },
  '/hanging': { storage: hanging, name: 'endless.bin' },
  '/broken': { storage: faulty, name: 'broken.bin' },
  '/shorter': fileOf(memory, { name: uniqueText, type: 'text/plain', size: 13 }),
  '/longer': fileOf(memory, { name: uniqueText, type: 'text/plain', size: 11 }),
};
/** What clients and the web form say of a body that ends too early. */
const broken = /terminated|fetch failed|found \d+ bytes|a fault was ordered|answered 500/;
const sites = await sitesOf(async (request) => {
  const { pathname } = new URL(request.url);
  return serveFile(files[pathname] ?? { storage: disk, name: pathname.slice(1) }, request);
});

/** A sparse file of the storage. */
async function sparseFile(name: string): Promise<string> {
  const path = join(location, name);
  await writeFile(path, '');
  await truncate(path, 32 * mebibyte);
  return path;
}

/** How often this process holds a file open. */
async function openHandles(path: string): Promise<number> {
  const handles = await readdir('/proc/self/fd');
  const links = await Promise.all(
    handles.map(async (handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')),
  );
  return links.filter((link) => link === path).length;
}

describe.each(sites)('a transfer that breaks in $form', ({ form, fetch }) => {
  const prefix = form.replaceAll(/\W/g, '');

  it('is no short file when the file shrinks meanwhile', async () => {
    const path = await sparseFile(`${prefix}-shrinks.bin`);
    const response = await fetch(`/${prefix}-shrinks.bin`);
    const reader = response.body!.getReader();
    await reader.read();

    await truncate(path, mebibyte);

    await expect(drained(reader)).rejects.toThrow(broken);
    expect(await openHandles(path)).toBe(0);
  });

  it.each(['/broken', '/shorter', '/longer'])('is no short file: %s', async (path) => {
    const transfer = fetch(path).then(wholeOf);

    await expect(transfer).rejects.toThrow(broken);
  });

  it('is whole when the file is deleted meanwhile', async () => {
    const path = await sparseFile(`${prefix}-deleted.bin`);
    const response = await fetch(`/${prefix}-deleted.bin`);
    const reader = response.body!.getReader();
    const { value } = await reader.read();

    await rm(path);

    expect(value!.byteLength + (await drained(reader))).toBe(32 * mebibyte);
  });

  it('closes the file when the client goes away', async () => {
    const path = await sparseFile(`${prefix}-left.bin`);
    const client = new AbortController();
    const response = await fetch(`/${prefix}-left.bin`, { signal: client.signal });
    const reader = response.body!.getReader();
    await reader.read();
    const held = await openHandles(path);

    client.abort();

    await expect(drained(reader)).rejects.toThrow('aborted');
    await vi.waitFor(async () => expect(await openHandles(path)).toBe(0));
    expect(held).toBe(1);
  });

  it.each<[what: string, path: string, storage: EndlessStorage]>([
    ['and reads', '/endless', endless],
    ['and waits for a storage that hangs', '/hanging', hanging],
  ])(
    'closes the stream of the storage when the client goes away %s',
    async (_what, path, storage) => {
      const client = new AbortController();
      const response = await fetch(path, { signal: client.signal });
      const reader = response.body!.getReader();
      await reader.read();

      client.abort();

      await expect(drained(reader)).rejects.toThrow('aborted');
      await vi.waitFor(() => expect(storage.closed).toBe(storage.opened));
      expect(storage.opened).toBeGreaterThan(0);
    },
  );

  it('closes the stream of several ranges, too', async () => {
    const client = new AbortController();
    const headers = { range: 'bytes=0-99999999,200000000-' };
    const response = await fetch('/endless', { headers, signal: client.signal });
    const reader = response.body!.getReader();
    await reader.read();

    client.abort();

    await expect(drained(reader)).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(endless.closed).toBe(endless.opened));
  });
});

describe('a body that nobody reads', () => {
  it.each(['bytes=0-', 'bytes=0-9,20-29'])(
    'closes its stream when it is cancelled: %s',
    async (range) => {
      const storage = new EndlessStorage();
      const request = new Request('http://localhost/', { headers: { range } });

      const response = await serveFile({ storage, name: 'endless.bin' }, request);
      await response.body!.cancel();

      expect([storage.opened, storage.closed]).toEqual([1, 1]);
    },
  );

  it('is not opened when the client has gone before', async () => {
    const storage = new EndlessStorage();
    const request = new Request('http://localhost/', { signal: AbortSignal.abort() });

    await expect(serveFile({ storage, name: 'endless.bin' }, request)).rejects.toThrow('aborted');

    expect(storage.opened).toBe(storage.closed);
  });
});

describe('a failure after the first byte', () => {
  it('is told to the application', async () => {
    const failures: unknown[] = [];
    const handler = async (request: Request): Promise<Response> =>
      serveFile(files['/broken']!, request);
    const { url } = await running(
      nodeHandler(handler, { onError: (error) => void failures.push(error) }),
    );

    await expect(fetch(url).then(wholeOf)).rejects.toThrow(broken);

    expect(failures).toEqual([expect.any(StorageError)]);
  });
});

async function drained(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<number> {
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return size;
    size += value.byteLength;
  }
}

/** The bytes of an answer that says it has them. */
async function wholeOf(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return response.arrayBuffer();
}
