import { readdir, readlink, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  FileSystemStorage,
  IntegrityError,
  MemoryStorage,
  StorageError,
  type FileStorage,
} from '@filefield/core';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { nodeHandler } from '@filefield/http/node';
import { loadStatic, staticHandler } from '@filefield/static';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { running } from '../http/sites.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const mebibyte = 1024 * 1024;
const overwrite = { ifExists: 'overwrite' } as const;
type Handler = (request: Request) => Promise<Response>;

async function handlerOf(storage: FileStorage | string): Promise<Handler> {
  return staticHandler(await loadStatic({ storage, manifest: false, baseUrl: '/' }));
}

async function get(handler: Handler, path: string, init?: RequestInit): Promise<Response> {
  return handler(new Request(`http://localhost${path}`, init));
}

function publicStorage(location: string): FileSystemStorage {
  return new FileSystemStorage({ location, visibility: 'public' });
}

/** Both ways to read what was collected on this machine. */
const kinds: Readonly<Record<string, (location: string) => FileStorage | string>> = {
  'a directory': (location) => location,
  'a storage': publicStorage,
};

/** Whenever it was asked what a file is, the file becomes another one. */
class RestlessStorage extends MemoryStorage {
  changes = Infinity;

  override async stat(name: string): ReturnType<MemoryStorage['stat']> {
    const found = await super.stat(name);
    if (this.changes-- > 0) await this.save(name, 'x'.repeat(found.size + 1), overwrite);
    return found;
  }
}

/** How often this process holds a file open. */
async function openHandles(path: string): Promise<number> {
  const handles = await readdir('/proc/self/fd');
  const links = await Promise.all(
    handles.map(async (handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')),
  );
  return links.filter((link) => link === path).length;
}

describe.each(Object.entries(kinds))('a file in %s that', (_kind, storageOf) => {
  it('vanishes after it was served is 404', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'app.css'), 'own');
    const handler = await handlerOf(storageOf(location));

    const before = await (await get(handler, '/app.css')).text();
    await rm(join(location, 'app.css'));
    const after = await get(handler, '/app.css');

    expect([before, after.status]).toEqual(['own', 404]);
  });

  it('is replaced after it was served is the new one, with its own size and ETag', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'app.css'), 'before');
    const handler = await handlerOf(storageOf(location));

    const before = await get(handler, '/app.css');
    await before.text();
    await writeFile(join(location, 'new.css'), 'afterwards');
    await rename(join(location, 'new.css'), join(location, 'app.css'));
    const after = await get(handler, '/app.css');

    expect(await after.text()).toBe('afterwards');
    expect(after.headers.get('content-length')).toBe('10');
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
  });

  it('loses its compressed form is served as it is', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'app.css'), 'own'.repeat(10));
    await writeFile(join(location, 'app.css.gz'), 'compressed');
    const handler = await handlerOf(storageOf(location));
    const headers = { 'accept-encoding': 'gzip' };

    const before = await get(handler, '/app.css', { headers });
    await rm(join(location, 'app.css.gz'));
    const after = await get(handler, '/app.css', { headers });

    expect(await before.text()).toBe('compressed');
    expect(await after.text()).toBe('own'.repeat(10));
    expect(after.headers.get('content-encoding')).toBeNull();
  });

  it('shrinks while it is sent is no short file', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'large.bin'), '');
    await truncate(join(location, 'large.bin'), 8 * mebibyte);
    const handler = await handlerOf(storageOf(location));

    const { body } = await get(handler, '/large.bin');
    const reader = body!.getReader();
    await reader.read();
    await truncate(join(location, 'large.bin'), mebibyte);

    await expect(drained(reader)).rejects.toThrow(/found \d+ bytes/);
    expect(await openHandles(join(location, 'large.bin'))).toBe(0);
  });

  it('is sent to nobody any more is closed', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'large.bin'), '');
    await truncate(join(location, 'large.bin'), 32 * mebibyte);
    const handler = await handlerOf(storageOf(location));
    const { url } = await running(nodeHandler(handler));
    const client = new AbortController();
    const { body } = await fetch(`${url}/large.bin`, { signal: client.signal });
    const reader = body!.getReader();
    await reader.read();
    const held = await openHandles(join(location, 'large.bin'));

    client.abort();

    await expect(drained(reader)).rejects.toThrow('aborted');
    await vi.waitFor(async () => expect(await openHandles(join(location, 'large.bin'))).toBe(0));
    expect(held).toBe(1);
  });

  it('is asked for by a request that ends is closed', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'large.bin'), 'x'.repeat(1000));
    const handler = await handlerOf(storageOf(location));
    const client = new AbortController();
    const { body } = await get(handler, '/large.bin', { signal: client.signal });

    client.abort();

    await expect(drained(body!.getReader())).rejects.toThrow('aborted');
    await vi.waitFor(async () => expect(await openHandles(join(location, 'large.bin'))).toBe(0));
  });

  it('is not read is not opened either', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'large.bin'), 'x'.repeat(1000));
    const handler = await handlerOf(storageOf(location));

    const first = await get(handler, '/large.bin', { method: 'HEAD' });
    const etag = first.headers.get('etag')!;
    const again = await get(handler, '/large.bin', { headers: { 'if-none-match': etag } });
    const { body } = await get(handler, '/large.bin');
    await body!.cancel();

    expect([first.status, again.status]).toEqual([200, 304]);
    expect(await openHandles(join(location, 'large.bin'))).toBe(0);
  });
});

describe('a file that is replaced while it is asked for', () => {
  async function restless(changes: number): Promise<Handler> {
    const storage = new RestlessStorage({ visibility: 'public' });
    await storage.save('app.css', 'x');
    return handlerOf(Object.assign(storage, { changes }));
  }

  it('is the new one, whole', async () => {
    const handler = await restless(2);

    const response = await get(handler, '/app.css');

    expect(await response.text()).toBe('xxx');
    expect(response.headers.get('content-length')).toBe('3');
  });

  it('without end is an error, never a mixture', async () => {
    const handler = await restless(Infinity);

    await expect(get(handler, '/app.css')).rejects.toThrow(IntegrityError);
  });
});

describe('a slow client', () => {
  it('is waited for: no more is read than it takes', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'large.bin'), '');
    await truncate(join(location, 'large.bin'), 512 * mebibyte);
    const { port, server } = await running(nodeHandler(await handlerOf(location)));
    const served: { bytesWritten: number }[] = [];
    server.on('connection', (socket) => served.push(socket));
    const socket = connect(port, '127.0.0.1').pause();
    onTestFinished(() => void socket.destroy());

    socket.write('GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const given = await settled(() => served[0]?.bytesWritten ?? 0);

    expect(given).toBeLessThan(16 * mebibyte);
  });
});

describe('a storage', () => {
  async function failing(faults: StorageFault[]): Promise<ReturnType<typeof failingStorage>> {
    const storage = new MemoryStorage({ visibility: 'public' });
    await storage.save('app.css', 'x'.repeat(500_000));
    return failingStorage(storage, faults);
  }

  it('is asked once a minute what a file is, and each time for its bytes', async () => {
    const storage = await failing([]);
    const handler = await handlerOf(storage);

    await (await get(handler, '/app.css')).text();
    storage.forgetCalls();
    await (await get(handler, '/app.css')).text();
    await (await get(handler, '/app.css', { method: 'HEAD' })).text();

    expect(storage.calls).toEqual([{ operation: 'open', names: ['app.css'] }]);
  });

  it.each<[operation: 'stat' | 'open']>([['stat'], ['open']])(
    'that fails is an error of the application, not a missing file: %s',
    async (operation) => {
      const handler = await handlerOf(await failing([{ operation }]));

      await expect(get(handler, '/app.css')).rejects.toThrow(StorageError);
    },
  );

  it('that fails while it is read breaks the answer off', async () => {
    const storage = await failing([{ operation: 'open', when: 'during', afterBytes: 100_000 }]);
    const { url } = await running(
      nodeHandler(await handlerOf(storage), { onError: () => undefined }),
    );

    const reading = fetch(`${url}/app.css`).then(async (response) => response.text());

    await expect(reading).rejects.toThrow('terminated');
  });
});

async function drained(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

/** A number when it grows no more. */
async function settled(count: () => number): Promise<number> {
  for (let before = -1; ;) {
    await wait(200);
    if (count() > 0 && count() === before) return before;
    before = count();
  }
}
