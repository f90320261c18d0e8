import assert from 'node:assert/strict';
import { asLibrary } from '../../library-options.ts';
import type { ContractCase } from '../contract-case.ts';
import { fails, walked } from './probes.ts';

/**
 * In UTF-8 byte order, also where case is ignored. UTF-16 puts the last two the other way round, and a walk by directory
 * `a/…` before `a.txt`.
 */
const ordered = [
  'Z.txt',
  'a b.txt',
  'a-/x.txt',
  'a.txt',
  'a/a/z.txt',
  'a/b.txt',
  'a/b/c.txt',
  'a/ü.txt',
  'a0.txt',
  'b.txt',
  'é.txt',
  '\u{ffee}.txt',
  '\u{1f600}.txt',
];

/** What `list` and `walk` give. */
export const listing: readonly ContractCase[] = [
  {
    title: 'list and walk of an empty storage and of an unknown directory are empty',
    async run(storage) {
      assert.deepEqual(await storage.list(), { directories: [], files: [] });
      assert.deepEqual(await walked(storage), []);
      await storage.save('a/b.txt', 'x');
      assert.deepEqual(await storage.list('none'), { directories: [], files: [] });
      assert.deepEqual(await walked(storage, 'none/at/all'), []);
    },
  },
  {
    title: 'list gives what lies right below the top, in byte order',
    async run(storage) {
      for (const name of ordered.toReversed()) await storage.save(name, name);
      const { directories, files } = await storage.list();
      assert.deepEqual(directories, ['a', 'a-']);
      assert.deepEqual(
        files.map((file) => file.name),
        ordered.filter((name) => !name.includes('/')),
      );
    },
  },
  {
    title: 'list gives directories by their own name and files by their whole name',
    async run(storage) {
      for (const name of ordered) await storage.save(name, name);
      const { directories, files } = await storage.list('a');
      assert.deepEqual(directories, ['a', 'b']);
      assert.deepEqual(
        files.map((file) => file.name),
        ['a/b.txt', 'a/ü.txt'],
      );
      assert.deepEqual(files, (await storage.list('a/')).files);
    },
  },
  {
    title: 'walk gives every object in byte order of whole names',
    async run(storage) {
      for (const name of ordered.toReversed()) await storage.save(name, name);
      assert.deepEqual(await walked(storage), ordered);
    },
  },
  {
    title: 'walk stays below its directory',
    async run(storage) {
      for (const name of ordered) await storage.save(name, name);
      const below = ordered.filter((name) => name.startsWith('a/'));
      assert.deepEqual(await walked(storage, 'a'), below);
      assert.deepEqual(await walked(storage, 'a/'), below);
      assert.deepEqual(await walked(storage, 'a/b'), ['a/b/c.txt']);
    },
  },
  {
    title: 'list and walk tell the size of an object as stat does',
    async run(storage) {
      await storage.save('a/b.txt', '12345');
      const { size, modifiedAt } = await storage.stat('a/b.txt');
      const [listed] = (await storage.list('a')).files;
      const [found] = await Array.fromAsync(storage.walk());
      assert.equal(size, 5);
      assert.deepEqual([listed?.size, found?.size], [size, size]);
      assert.deepEqual([listed?.modifiedAt, found?.modifiedAt], [modifiedAt, modifiedAt]);
    },
  },
  {
    title: 'a directory goes with its last object',
    async run(storage) {
      await storage.save('a/b/c.txt', 'x');
      await storage.save('d.txt', 'x');
      await storage.delete('a/b/c.txt');
      assert.deepEqual((await storage.list()).directories, []);
    },
  },
  {
    title: 'list and walk do not show what the library keeps for itself',
    async run(storage) {
      await storage.save('.filefield/owner', 'x', asLibrary({ ifExists: 'error' }));
      assert.deepEqual(await storage.list(), { directories: [], files: [] });
      assert.deepEqual(await walked(storage), []);
    },
  },
  {
    title: 'list and walk refuse a directory that is not allowed',
    async run(storage) {
      await assert.rejects(storage.list('../up'), fails('INVALID_NAME'));
      await assert.rejects(storage.list('/'), fails('INVALID_NAME'));
      await assert.rejects(walked(storage, 'a/../../up'), fails('INVALID_NAME'));
      await assert.rejects(walked(storage, '.filefield'), fails('INVALID_NAME'));
    },
  },
];
