import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.ts';
import { fails, inChunks, pattern, read, readBytes, sha256 } from './probes.ts';

const digits = '0123456789';

/** What `open`, `stat`, `exists`, `size`, `path` and `url` answer. */
export const reading: readonly ContractCase[] = [
  {
    title: 'open gives a part of the object, and nothing behind its end',
    async run(storage) {
      await storage.save('digits.txt', digits);
      assert.equal(await read(storage, 'digits.txt', { start: 3 }), '3456789');
      assert.equal(await read(storage, 'digits.txt', { end: 3 }), '012');
      assert.equal(await read(storage, 'digits.txt', { start: 3, end: 5 }), '34');
      assert.equal(await read(storage, 'digits.txt', { start: 8, end: 99 }), '89');
    },
  },
  {
    title: 'open gives no bytes for a range that holds none',
    async run(storage) {
      await storage.save('digits.txt', digits);
      assert.equal(await read(storage, 'digits.txt', { start: 10 }), '');
      assert.equal(await read(storage, 'digits.txt', { start: 99 }), '');
      assert.equal(await read(storage, 'digits.txt', { start: 4, end: 4 }), '');
      assert.equal(await read(storage, 'digits.txt', { start: 4, end: 2 }), '');
    },
  },
  {
    title: 'open refuses a range that is not made of whole numbers from 0',
    async run(storage) {
      await storage.save('digits.txt', digits);
      await assert.rejects(storage.open('digits.txt', { start: -1 }), RangeError);
      await assert.rejects(storage.open('digits.txt', { start: 0.5 }), RangeError);
      await assert.rejects(storage.open('digits.txt', { end: Number.NaN }), RangeError);
    },
  },
  {
    title: 'open gives the version that is asked for, or an error',
    async run(storage) {
      await storage.save('a.txt', 'first');
      await storage.save('b.txt', 'second');
      const { etag } = await storage.stat('a.txt');
      if (etag === undefined) return;
      assert.equal(await read(storage, 'a.txt', { etag }), 'first');
      await assert.rejects(storage.open('b.txt', { etag }), fails('INTEGRITY'));
    },
  },
  {
    title: 'open gives the same bytes to every reader',
    async run(storage) {
      const bytes = pattern(1_000_003);
      await storage.save('shared.bin', bytes);
      const read = await Promise.all([1, 2, 3].map(() => readBytes(storage, 'shared.bin')));
      assert.deepEqual(
        read.map((each) => Buffer.compare(each, bytes)),
        [0, 0, 0],
      );
    },
  },
  {
    title: 'what a reader does to its chunks changes no object',
    async run(storage) {
      await storage.save('digits.txt', digits);
      for await (const chunk of await storage.open('digits.txt')) chunk.fill(0);
      assert.equal(await read(storage, 'digits.txt'), digits);
    },
  },
  {
    title: 'a reader may stop before the end',
    async run(storage) {
      await storage.save('long.bin', pattern(1_000_000));
      const stream = await storage.open('long.bin');
      const reader = stream.getReader();
      assert.ok(((await reader.read()).value?.byteLength ?? 0) > 0);
      await reader.cancel();
      await (await storage.open('long.bin')).cancel();
      await storage.delete('long.bin');
    },
  },
  {
    title: 'a reader of an object that is replaced meanwhile gets the old bytes, or an error',
    async run(storage) {
      const bytes = pattern(1_000_000);
      await storage.save('replaced.bin', inChunks(bytes, 100_000), { ifExists: 'error' });
      const stream = await storage.open('replaced.bin');
      const reading = stream.getReader();
      const first = (await reading.read()).value ?? new Uint8Array();
      reading.releaseLock();
      await storage.save('replaced.bin', new Uint8Array(1_000_000), { ifExists: 'overwrite' });
      const rest = await Array.fromAsync(stream).catch(() => undefined);
      if (rest === undefined) return;
      assert.equal(sha256(Buffer.concat([first, ...rest])), sha256(bytes));
    },
  },
  {
    title: 'a stream ends with the reason of its signal',
    async run(storage) {
      await storage.save('long.bin', pattern(3_000_000));
      const controller = new AbortController();
      const reason = new Error('the user left');
      const stream = await storage.open('long.bin', { signal: controller.signal });
      const reader = stream.getReader();
      await reader.read();
      controller.abort(reason);
      await assert.rejects(
        async () => {
          while (!(await reader.read()).done);
        },
        (thrown) => thrown === reason,
      );
    },
  },
  {
    title: 'open does not begin when its signal is aborted already',
    async run(storage) {
      await storage.save('digits.txt', digits);
      const reason = new Error('the user left');
      const open = storage.open('digits.txt', { signal: AbortSignal.abort(reason) });
      await assert.rejects(open, (thrown) => thrown === reason);
    },
  },
  {
    title: 'open, stat and size say that there is no such object',
    async run(storage) {
      await assert.rejects(storage.open('none.txt'), fails('FILE_NOT_FOUND'));
      await assert.rejects(storage.stat('none.txt'), fails('FILE_NOT_FOUND'));
      await assert.rejects(storage.size('none.txt'), fails('FILE_NOT_FOUND'));
    },
  },
  {
    title: 'errors carry the alias of the storage',
    async run(storage) {
      storage.alias ??= 'contract';
      await assert.rejects(storage.stat('none.txt'), { storage: storage.alias });
    },
  },
  {
    title: 'stat tells size and time, size tells the size',
    async run(storage) {
      const before = Date.now();
      await storage.save('digits.txt', digits);
      const stat = await storage.stat('digits.txt');
      assert.equal(stat.name, 'digits.txt');
      assert.equal(stat.size, 10);
      // A server's clock may differ from ours; a day means another unit.
      assert.ok(Math.abs(stat.modifiedAt.getTime() - before) < 86_400_000, String(stat.modifiedAt));
      assert.equal(await storage.size('digits.txt'), 10);
    },
  },
  {
    title: 'exists answers whether there is such an object',
    async run(storage) {
      await storage.save('here/digits.txt', digits);
      assert.equal(await storage.exists('here/digits.txt'), true);
      assert.equal(await storage.exists('here/other.txt'), false);
      assert.equal(await storage.exists('other/digits.txt'), false);
    },
  },
  {
    title: 'a directory is no object',
    async run(storage) {
      await storage.save('a/b/c.txt', digits);
      assert.equal(await storage.exists('a/b'), false);
      await assert.rejects(storage.stat('a/b'), fails('FILE_NOT_FOUND'));
      await assert.rejects(storage.open('a'), fails('FILE_NOT_FOUND'));
    },
  },
  {
    title: 'there is nothing below an object',
    async run(storage) {
      await storage.save('a.txt', digits);
      assert.equal(await storage.exists('a.txt/b'), false);
      await assert.rejects(storage.open('a.txt/b'), fails('FILE_NOT_FOUND'));
      await storage.delete('a.txt/b');
      assert.equal(await read(storage, 'a.txt'), digits);
    },
  },
  {
    title: 'path gives a file with the bytes',
    needs: 'path',
    async run(storage) {
      const { readFile } = await import('node:fs/promises');
      await storage.save('a/digits.txt', digits);
      assert.equal(await readFile(storage.path('a/digits.txt'), 'utf8'), digits);
    },
  },
  {
    title: 'url gives the same answer twice, or says that there is none',
    async run(storage) {
      let url: string;
      try {
        url = storage.url('a/ü b?.txt');
      } catch (error) {
        assert.ok(fails('UNSUPPORTED_OPERATION')(error));
        return;
      }
      assert.match(url, /a\/%C3%BC%20b%3F\.txt/);
      assert.equal(storage.url('a/ü b?.txt'), url);
    },
  },
  {
    title: 'url of a private object is signed, each for its own object',
    needs: 'signedUrls',
    async run(storage) {
      const base = 'https://host.test';
      const [first, second] = ['a.txt', 'b.txt'].map((name) => new URL(storage.url(name), base));
      assert.notEqual(first?.search, '');
      assert.notEqual(first?.search, second?.search);
    },
  },
];
