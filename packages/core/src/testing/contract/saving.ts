import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { FileSource } from '../../file-storage.ts';
import { Intake } from '../../intake.ts';
import type { ContractCase } from '../contract-case.ts';
import {
  assertNothing,
  fails,
  inChunks,
  pattern,
  read,
  readBytes,
  sha256,
  thenFails,
  thenHangs,
  walked,
} from './probes.ts';

const text = 'Hello, filefield';

/** What is true after `save`. */
export const saving: readonly ContractCase[] = [
  {
    title: 'save stores the bytes under the name and says what it stored',
    async run(storage) {
      const stored = await storage.save('docs/hello.txt', text);
      const { name, size, type } = stored;
      assert.deepEqual(
        { name, size, type },
        { name: 'docs/hello.txt', size: 16, type: 'text/plain' },
      );
      assert.equal(stored.sha256, sha256(text));
      assert.equal(await read(storage, 'docs/hello.txt'), text);
    },
  },
  {
    title: 'save stores an object of no bytes',
    async run(storage) {
      const stored = await storage.save('empty.bin', new Uint8Array());
      assert.equal(stored.size, 0);
      assert.equal(stored.sha256, sha256(''));
      assert.equal(await storage.size('empty.bin'), 0);
      assert.equal(await read(storage, 'empty.bin'), '');
    },
  },
  {
    title: 'save takes every kind of source',
    async run(storage) {
      const bytes = new TextEncoder().encode(text);
      const sources: Record<string, FileSource> = {
        string: text,
        bytes,
        buffer: bytes.buffer,
        view: new Uint8Array(bytes.buffer, 7, 5),
        blob: new Blob([text]),
        file: new File([text], 'other.txt'),
        web: new Blob([text]).stream(),
        readable: Readable.from([Buffer.from(text)]),
        iterable: inChunks(bytes, 3),
        function: () => inChunks(bytes, 3),
      };
      for (const [kind, source] of Object.entries(sources)) {
        const stored = await storage.save(`kinds/${kind}`, source, { ifExists: 'error' });
        const wanted = kind === 'view' ? 'filef' : text;
        assert.equal(await read(storage, stored.name), wanted, kind);
      }
    },
  },
  {
    title: 'save stores a long stream of unknown length whole',
    async run(storage) {
      const bytes = pattern(9_000_001);
      const stored = await storage.save('long.bin', () => inChunks(bytes, 70_000));
      assert.equal(stored.size, bytes.byteLength);
      assert.equal(stored.sha256, sha256(bytes));
      assert.equal(Buffer.compare(await readBytes(storage, stored.name), bytes), 0);
    },
  },
  {
    title: 'save keeps the bytes of a source that uses its memory again',
    async run(storage) {
      const memory = Buffer.alloc(4);
      async function* reusing(): AsyncGenerator<Uint8Array> {
        for (const letter of 'abc') yield memory.fill(letter.charCodeAt(0));
      }
      const stored = await storage.save('reused.bin', reusing);
      assert.equal(await read(storage, 'reused.bin'), 'aaaabbbbcccc');
      assert.equal(stored.sha256, sha256('aaaabbbbcccc'));
    },
  },
  {
    title: 'save finds the type from the bytes before the extension',
    async run(storage) {
      const png = Buffer.from(
        '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489',
        'hex',
      );
      assert.equal((await storage.save('real.txt', png)).type, 'image/png');
      const page = await storage.save('fake.png', '<html><script>', { type: 'image/png' });
      assert.equal(page.type, 'text/html');
    },
  },
  {
    title: 'save leaves the bytes of the caller as they are',
    async run(storage) {
      const bytes = pattern(100_000);
      await storage.save('mine.bin', bytes);
      assert.equal(bytes.byteLength, 100_000);
      assert.equal(sha256(bytes), sha256(pattern(100_000)));
    },
  },
  {
    title: 'save uses a given intake as it is',
    async run(storage) {
      const intake = await Intake.open(inChunks(pattern(10_000), 1000), {
        filename: 'a.pdf',
        type: 'a/b',
      });
      const stored = await storage.save('intake.bin', intake, { ifExists: 'error' });
      assert.equal(stored.type, intake.type);
      assert.equal(stored.sha256, intake.sha256);
      assert.equal(intake.size, 10_000);
    },
  },
  {
    title: 'save takes another name when the name is taken',
    async run(storage) {
      await storage.save('same.tar.gz', 'first');
      const second = await storage.save('same.tar.gz', 'second');
      assert.match(second.name, /^same_[a-zA-Z0-9]{7}\.tar\.gz$/);
      assert.equal(await read(storage, 'same.tar.gz'), 'first');
      assert.equal(await read(storage, second.name), 'second');
    },
  },
  {
    title: 'save finds another name for a source that can be read only once',
    async run(storage) {
      const bytes = pattern(100_000);
      await storage.save('once.bin', 'first');
      const second = await storage.save('once.bin', inChunks(bytes, 10_000));
      assert.notEqual(second.name, 'once.bin');
      assert.equal(await read(storage, 'once.bin'), 'first');
      assert.equal(sha256(await readBytes(storage, second.name)), sha256(bytes));
    },
  },
  {
    title: 'save refuses a taken name when it may not rename',
    async run(storage) {
      await storage.save('only.txt', 'first');
      const second = storage.save('only.txt', 'second', { ifExists: 'error' });
      await assert.rejects(second, fails('FILE_EXISTS', { object: 'only.txt' }));
      assert.equal(await read(storage, 'only.txt'), 'first');
      assert.deepEqual(await walked(storage), ['only.txt']);
    },
  },
  {
    title: 'save replaces the object when it may overwrite',
    async run(storage) {
      await storage.save('page.txt', 'a long first version');
      const stored = await storage.save('page.txt', 'second', { ifExists: 'overwrite' });
      assert.equal(stored.name, 'page.txt');
      assert.equal(await read(storage, 'page.txt'), 'second');
      assert.deepEqual(await walked(storage), ['page.txt']);
    },
  },
  {
    title: 'save gives each of many writers of one name its own object',
    async run(storage) {
      const texts = Array.from({ length: 12 }, (_, index) => `writer ${index}`);
      const stored = await Promise.all(texts.map((one) => storage.save('race/a.txt', one)));
      assert.equal(new Set(stored.map((file) => file.name)).size, texts.length);
      const found = await Promise.all(stored.map((file) => read(storage, file.name)));
      assert.deepEqual(found, texts);
    },
  },
  {
    title: 'save lets one of many writers have a name that may not be renamed',
    needs: 'conditionalWrite.put',
    async run(storage) {
      const texts = Array.from({ length: 12 }, (_, index) => `writer ${index}`);
      const results = await Promise.allSettled(
        texts.map((one) => storage.save('race/b.txt', one, { ifExists: 'error' })),
      );
      const won = results.flatMap((result, index) =>
        result.status === 'fulfilled' ? [index] : [],
      );
      assert.equal(won.length, 1);
      assert.equal(await read(storage, 'race/b.txt'), `writer ${won[0]}`);
    },
  },
  {
    title: 'save cuts the root of a name that is longer than the caller can record',
    async run(storage) {
      const long = `photos/${'x'.repeat(80)}.jpeg`;
      const stored = await storage.save(long, text, { maxLength: 40 });
      assert.ok(stored.name.length <= 40, stored.name);
      assert.match(stored.name, /^photos\/x+_\w{7}\.jpeg$/);
      assert.equal(await read(storage, stored.name), text);
    },
  },
  {
    title: 'save leaves nothing when its source fails, and throws what the source threw',
    async run(storage) {
      const error = new Error('the connection is gone');
      const save = storage.save('cut.bin', thenFails(pattern(200_000), error));
      await assert.rejects(save, (thrown) => thrown === error);
      await assertNothing(storage, 'cut.bin');
    },
  },
  {
    title: 'save keeps the old object when the source of its replacement fails',
    async run(storage) {
      await storage.save('page.txt', 'first');
      const source = thenFails(pattern(200_000), new Error('the connection is gone'));
      await assert.rejects(storage.save('page.txt', source, { ifExists: 'overwrite' }));
      assert.equal(await read(storage, 'page.txt'), 'first');
      assert.deepEqual(await walked(storage), ['page.txt']);
    },
  },
  {
    title: 'save stops at the first byte over maxSize and leaves nothing',
    async run(storage) {
      const save = storage.save('big.bin', () => inChunks(pattern(300_000), 9000), {
        maxSize: 100_000,
      });
      await assert.rejects(save, fails('FILE_VALIDATION'));
      await assertNothing(storage, 'big.bin');
    },
  },
  {
    title: 'save stores a file of exactly maxSize',
    async run(storage) {
      await storage.save('fits.bin', () => inChunks(pattern(100_000), 9000), { maxSize: 100_000 });
      assert.equal(await storage.size('fits.bin'), 100_000);
    },
  },
  {
    title: 'save stores nothing of a file that breaks its rules, and tells all of them',
    async run(storage) {
      const save = storage.save('page.txt', '<html><script>', {
        accept: ['image/*', '.txt'],
        validators: [({ size }) => `${size} bytes are no page`],
        maxSize: 10,
      });
      const issues = ['maxSize', 'accept', 'validator'].map((validator) => ({ validator }));
      await assert.rejects(save, fails('FILE_VALIDATION', { issues }));
      await assertNothing(storage, 'page.txt');
    },
  },
  {
    title: 'save ends with the reason of its signal and leaves nothing',
    async run(storage) {
      const controller = new AbortController();
      const reason = new Error('the user left');
      const source = thenHangs(pattern(200_000), () => controller.abort(reason));
      const save = storage.save('gone.bin', source, { signal: controller.signal });
      await assert.rejects(save, (thrown) => thrown === reason);
      await assertNothing(storage, 'gone.bin');
    },
  },
  {
    title: 'save does not begin when its signal is aborted already',
    async run(storage) {
      const reason = new Error('the user left');
      const save = storage.save('late.bin', text, { signal: AbortSignal.abort(reason) });
      await assert.rejects(save, (thrown) => thrown === reason);
      await assertNothing(storage, 'late.bin');
    },
  },
];
