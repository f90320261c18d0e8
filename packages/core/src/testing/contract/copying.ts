import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.ts';
import { fails, pattern, read, readBytes, sha256, walked } from './probes.ts';

/** What is true after `copy` and `move`. */
export const copying: readonly ContractCase[] = [
  {
    title: 'copy leaves both names with the bytes',
    async run(storage) {
      const bytes = pattern(300_000);
      await storage.save('from.bin', bytes);
      await storage.copy('from.bin', 'new/dir/to.bin');
      assert.equal(sha256(await readBytes(storage, 'from.bin')), sha256(bytes));
      assert.equal(sha256(await readBytes(storage, 'new/dir/to.bin')), sha256(bytes));
    },
  },
  {
    title: 'a copy lives on when its origin is replaced or deleted',
    async run(storage) {
      await storage.save('from.txt', 'first');
      await storage.copy('from.txt', 'to.txt');
      await storage.save('from.txt', 'second', { ifExists: 'overwrite' });
      assert.equal(await read(storage, 'to.txt'), 'first');
      await storage.delete('from.txt');
      assert.equal(await read(storage, 'to.txt'), 'first');
    },
  },
  {
    title: 'move gives the object another name',
    async run(storage) {
      await storage.save('old/from.txt', 'bytes');
      await storage.move('old/from.txt', 'new/to.txt');
      assert.equal(await read(storage, 'new/to.txt'), 'bytes');
      assert.deepEqual(await walked(storage), ['new/to.txt']);
    },
  },
  {
    title: 'copy and move say that there is no such object',
    async run(storage) {
      await assert.rejects(storage.copy('none.txt', 'to.txt'), fails('FILE_NOT_FOUND'));
      await assert.rejects(storage.move('none.txt', 'to.txt'), fails('FILE_NOT_FOUND'));
      assert.deepEqual(await walked(storage), []);
    },
  },
  {
    title: 'copy replaces nothing unless it may',
    needs: 'conditionalWrite.copy',
    async run(storage) {
      await storage.save('from.txt', 'from');
      await storage.save('to.txt', 'to');
      await assert.rejects(storage.copy('from.txt', 'to.txt'), fails('FILE_EXISTS'));
      assert.equal(await read(storage, 'to.txt'), 'to');
      await storage.copy('from.txt', 'to.txt', { overwrite: true });
      assert.equal(await read(storage, 'to.txt'), 'from');
      assert.equal(await read(storage, 'from.txt'), 'from');
    },
  },
  {
    title: 'move replaces nothing unless it may, and a refused one leaves the object',
    needs: 'conditionalWrite.copy',
    async run(storage) {
      await storage.save('from.txt', 'from');
      await storage.save('to.txt', 'to');
      await assert.rejects(storage.move('from.txt', 'to.txt'), fails('FILE_EXISTS'));
      assert.equal(await read(storage, 'from.txt'), 'from');
      assert.equal(await read(storage, 'to.txt'), 'to');
      await storage.move('from.txt', 'to.txt', { overwrite: true });
      assert.equal(await read(storage, 'to.txt'), 'from');
      assert.deepEqual(await walked(storage), ['to.txt']);
    },
  },
  {
    title: 'one of many copies has a name that may not be replaced',
    needs: 'conditionalWrite.copy',
    async run(storage) {
      const origins = Array.from({ length: 8 }, (_, index) => `from/${index}.txt`);
      for (const name of origins) await storage.save(name, name);
      const results = await Promise.allSettled(origins.map((name) => storage.copy(name, 'to.txt')));
      const won = results.flatMap((result, index) =>
        result.status === 'fulfilled' ? [index] : [],
      );
      assert.equal(won.length, 1);
      assert.equal(await read(storage, 'to.txt'), `from/${won[0]}.txt`);
    },
  },
  {
    title: 'an object stays when it is copied or moved to its own name',
    async run(storage) {
      await storage.save('same.txt', 'bytes');
      await assert.rejects(storage.copy('same.txt', 'same.txt'), fails('FILE_EXISTS'));
      await assert.rejects(storage.move('same.txt', 'same.txt'), fails('FILE_EXISTS'));
      await storage.copy('same.txt', 'same.txt', { overwrite: true });
      await storage.move('same.txt', 'same.txt', { overwrite: true });
      assert.equal(await read(storage, 'same.txt'), 'bytes');
      const none = storage.move('none.txt', 'none.txt', { overwrite: true });
      await assert.rejects(none, fails('FILE_NOT_FOUND'));
    },
  },
  {
    title: 'an object stays when it is copied or moved to a name that differs in case only',
    async run(storage) {
      await storage.save('Case.txt', 'bytes');
      await storage.copy('Case.txt', 'CASE.txt', { overwrite: true });
      assert.equal(await read(storage, 'CASE.txt'), 'bytes');
      await storage.move('CASE.txt', 'case.txt', { overwrite: true });
      assert.equal(await read(storage, 'case.txt'), 'bytes');
    },
  },
  {
    title: 'copy and move do not begin when their signal is aborted already',
    async run(storage) {
      const reason = new Error('the user left');
      const options = { signal: AbortSignal.abort(reason) };
      await storage.save('from.txt', 'bytes');
      const isReason = (thrown: unknown): boolean => thrown === reason;
      await assert.rejects(storage.copy('from.txt', 'to.txt', options), isReason);
      await assert.rejects(storage.move('from.txt', 'to.txt', options), isReason);
      assert.deepEqual(await walked(storage), ['from.txt']);
    },
  },
];
