import assert from 'node:assert/strict';
import type { FileStorage } from '../../file-storage.ts';
import { asLibrary } from '../../library-options.ts';
import type { ContractCase } from '../contract-case.ts';
import { fails, read, walked } from './probes.ts';

const hostile: readonly string[] = [
  '',
  '.',
  '..',
  '/etc/passwd',
  '../up.txt',
  'a/../../up.txt',
  'a//b.txt',
  'a/',
  'a\\b.txt',
  'C:\\up.txt',
  'c:up.txt',
  '%2e%2e/up.txt',
  'nul\0byte.txt',
  'line\nbreak.txt',
  'a\u202Egpj.exe',
  'cafe\u0301.txt',
  '\ud800.txt',
  'x'.repeat(256),
  `${'x/'.repeat(512)}x`,
  '.filefield/owner',
];

const reserved = ['.filefield/owner', 'incoming/upload', 'photos/a.png.v/small.webp'];

/** Which names are refused, and that all others are kept as they are. */
export const naming: readonly ContractCase[] = [
  {
    title: 'save refuses names that could leave the storage or fit nowhere',
    async run(storage) {
      for (const name of hostile) {
        await assert.rejects(storage.save(name, 'x'), fails('INVALID_NAME'), show(name));
      }
      assert.deepEqual(await walked(storage), []);
    },
  },
  {
    title: 'no reading operation takes such a name',
    async run(storage) {
      for (const name of hostile) {
        const message = show(name);
        await assert.rejects(storage.open(name), fails('INVALID_NAME'), message);
        await assert.rejects(storage.stat(name), fails('INVALID_NAME'), message);
        await assert.rejects(storage.exists(name), fails('INVALID_NAME'), message);
        await assert.rejects(storage.size(name), fails('INVALID_NAME'), message);
        assert.throws(() => storage.path(name), fails('INVALID_NAME'), message);
        assert.throws(() => storage.url(name), fails('INVALID_NAME'), message);
      }
    },
  },
  {
    title: 'no deleting operation takes such a name',
    async run(storage) {
      for (const name of hostile) {
        const message = show(name);
        await assert.rejects(storage.delete(name), fails('INVALID_NAME'), message);
        await assert.rejects(storage.deleteMany([name]), fails('INVALID_NAME'), message);
        await assert.rejects(storage.reclaim([name]), fails('INVALID_NAME'), message);
      }
    },
  },
  {
    title: 'copy and move take such a name neither as origin nor as target',
    async run(storage) {
      await storage.save('from.txt', 'bytes');
      for (const name of hostile) {
        await refuses(storage, name, 'to.txt');
        await refuses(storage, 'from.txt', name);
      }
      assert.deepEqual(await walked(storage), ['from.txt']);
    },
  },
  {
    title: 'reserved names are written by the library only',
    async run(storage) {
      for (const name of reserved) {
        await assert.rejects(storage.save(name, 'x'), fails('INVALID_NAME'), name);
        await storage.save(name, name, asLibrary({ ifExists: 'error' }));
        const stream = await storage.open(name, asLibrary({}));
        assert.equal(await new Response(stream).text(), name);
        const again = storage.save(name, name, asLibrary({ ifExists: 'error' }));
        await assert.rejects(again, fails('FILE_EXISTS'));
      }
      await refuses(storage, 'incoming/upload', 'incoming/other');
      await storage.copy('incoming/upload', 'photos/b.png');
      assert.equal(await read(storage, 'photos/b.png'), 'incoming/upload');
      await storage.delete('incoming/upload');
      assert.deepEqual(await walked(storage), ['photos/a.png.v/small.webp', 'photos/b.png']);
    },
  },
  {
    title: 'names of every script are kept as they are',
    async run(storage) {
      const names = [
        '日本語/写真.jpg',
        'Ünïcödé/naïve café.txt',
        'العربية.pdf',
        'emoji 😀.png',
        "it's a (test) [1] {2} #3 & 100% + more.txt",
        'question?.txt',
        '.hidden',
        'no extension',
        'a=b;c,d@e!f$g~h*i.txt',
      ];
      for (const name of names) assert.equal((await storage.save(name, name)).name, name);
      for (const name of names) assert.equal(await read(storage, name), name);
      assert.deepEqual(new Set(await walked(storage)), new Set(names));
      await storage.deleteMany(names);
      assert.deepEqual(await walked(storage), []);
    },
  },
  {
    title: 'the longest names are kept as they are',
    async run(storage) {
      // Of letters that have one spelling: a normalising file system counts the bytes of the longer one.
      const widest = `${'漢'.repeat(83)}_.jpeg`;
      const longest = Array.from({ length: 5 }, () => 'x'.repeat(204)).join('/');
      for (const name of [widest, longest]) {
        assert.equal((await storage.save(name, 'first')).name, name);
        const second = await storage.save(name, 'second');
        assert.equal(await read(storage, name), 'first');
        assert.equal(await read(storage, second.name), 'second');
      }
    },
  },
  {
    title: 'names that differ in case only are different objects',
    needs: 'caseSensitive',
    async run(storage) {
      await storage.save('Dir/File.txt', 'upper');
      await storage.save('dir/file.txt', 'lower', { ifExists: 'error' });
      assert.equal(await read(storage, 'Dir/File.txt'), 'upper');
      assert.equal(await storage.exists('DIR/FILE.TXT'), false);
    },
  },
];

async function refuses(storage: FileStorage, from: string, to: string): Promise<void> {
  const message = `${show(from)} to ${show(to)}`;
  await assert.rejects(storage.copy(from, to), fails('INVALID_NAME'), message);
  await assert.rejects(storage.move(from, to), fails('INVALID_NAME'), message);
}

function show(name: string): string {
  return JSON.stringify(name).slice(0, 60);
}
