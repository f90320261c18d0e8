import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.ts';
import { assertNothing, fails, read, walked } from './probes.ts';

/** What is true after `delete`, `deleteMany` and `reclaim`. */
export const deleting: readonly ContractCase[] = [
  {
    title: 'delete removes the object and nothing else',
    async run(storage) {
      await storage.save('a/one.txt', 'one');
      await storage.save('a/one.txt.bak', 'bak');
      await storage.delete('a/one.txt');
      assert.equal(await storage.exists('a/one.txt'), false);
      assert.deepEqual(await walked(storage), ['a/one.txt.bak']);
    },
  },
  {
    title: 'delete of what is not there is no error',
    async run(storage) {
      await storage.delete('none/at/all.txt');
      await storage.save('one.txt', 'one');
      await storage.delete('one.txt');
      await storage.delete('one.txt');
      await assertNothing(storage, 'one.txt');
    },
  },
  {
    title: 'delete of a directory removes nothing',
    async run(storage) {
      await storage.save('a/b/one.txt', 'one');
      await storage.delete('a/b');
      await storage.delete('a');
      assert.equal(await read(storage, 'a/b/one.txt'), 'one');
    },
  },
  {
    title: 'delete frees the name',
    async run(storage) {
      await storage.save('one.txt', 'one');
      await storage.delete('one.txt');
      await storage.save('one.txt', 'two', { ifExists: 'error' });
      assert.equal(await read(storage, 'one.txt'), 'two');
    },
  },
  {
    title: 'delete does not disturb those who save beside the object',
    async run(storage) {
      const names = Array.from({ length: 20 }, (_, index) => `busy/here/${index}.txt`);
      for (const name of names) {
        await storage.save('busy/here/old.txt', 'old', { ifExists: 'overwrite' });
        await Promise.all([storage.save(name, name), storage.delete('busy/here/old.txt')]);
        assert.equal(await read(storage, name), name);
        await storage.delete(name);
      }
    },
  },
  {
    title: 'deleteMany removes all of the objects, and those that are not there',
    async run(storage) {
      const names = Array.from({ length: 40 }, (_, index) => `many/${index % 3}/${index}.txt`);
      await Promise.all(names.map((name) => storage.save(name, name)));
      await storage.save('many/stays.txt', 'stays');
      await storage.deleteMany([...names, 'many/none.txt']);
      assert.deepEqual(await walked(storage), ['many/stays.txt']);
    },
  },
  {
    title: 'deleteMany and reclaim of nothing do nothing',
    async run(storage) {
      await storage.save('one.txt', 'one');
      await storage.deleteMany([]);
      await storage.reclaim([]);
      assert.deepEqual(await walked(storage), ['one.txt']);
    },
  },
  {
    title: 'deleteMany and reclaim remove nothing when one of the names is not allowed',
    async run(storage) {
      await storage.save('one.txt', 'one');
      await assert.rejects(storage.deleteMany(['one.txt', '../two.txt']), fails('INVALID_NAME'));
      await assert.rejects(storage.reclaim(['one.txt', '']), fails('INVALID_NAME'));
      assert.equal(await read(storage, 'one.txt'), 'one');
    },
  },
  {
    title: 'reclaim removes the objects, as often as it is called',
    async run(storage) {
      await storage.save('a/one.txt', 'one');
      await storage.save('a/two.txt', 'two');
      await storage.reclaim(['a/one.txt', 'a/none.txt']);
      await storage.reclaim(['a/one.txt', 'a/none.txt']);
      assert.deepEqual(await walked(storage), ['a/two.txt']);
    },
  },
];
