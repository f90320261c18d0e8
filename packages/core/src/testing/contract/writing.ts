import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.ts';
import { assertNothing, fails, pattern, read, readBytes, sha256, soon, walked } from './probes.ts';

/** What is true of `createWriteStream`. */
export const writing: readonly ContractCase[] = [
  {
    title: 'createWriteStream stores what was written once it is closed, and says what it stored',
    async run(storage) {
      const stream = storage.createWriteStream('docs/log.txt', { ifExists: 'error' });
      const writer = stream.getWriter();
      await writer.write(Buffer.from('one '));
      await writer.write(Buffer.from('two'));
      assert.equal(await storage.exists('docs/log.txt'), false);
      await writer.close();
      const { name, size, type } = await stream.stored;
      const wanted = { name: 'docs/log.txt', size: 7, type: 'text/plain' };
      assert.deepEqual({ name, size, type }, wanted);
      assert.equal(await read(storage, 'docs/log.txt'), 'one two');
    },
  },
  {
    title: 'createWriteStream stores what is piped into it',
    async run(storage) {
      const bytes = pattern(1_000_001);
      const stream = storage.createWriteStream('piped.bin', { ifExists: 'error' });
      await new Blob([new Uint8Array(bytes)]).stream().pipeTo(stream);
      assert.equal(sha256(await readBytes(storage, 'piped.bin')), sha256(bytes));
    },
  },
  {
    title: 'createWriteStream keeps the bytes of a writer that uses its memory again',
    async run(storage) {
      const stream = storage.createWriteStream('reused.bin');
      const writer = stream.getWriter();
      const memory = new Uint8Array(10_000);
      for (const letter of 'abc') await writer.write(memory.fill(letter.charCodeAt(0)));
      await writer.close();
      const wanted = ['a', 'b', 'c'].map((letter) => letter.repeat(10_000)).join('');
      assert.equal(await read(storage, (await stream.stored).name), wanted);
    },
  },
  {
    title: 'createWriteStream fails to close when its name is taken and it may not rename',
    async run(storage) {
      await storage.save('taken.txt', 'first');
      const stream = storage.createWriteStream('taken.txt', { ifExists: 'error' });
      const writer = stream.getWriter();
      await writer.write(Buffer.from('second')).catch(() => undefined);
      await assert.rejects(writer.close());
      await assert.rejects(stream.stored, fails('FILE_EXISTS'));
      assert.equal(await read(storage, 'taken.txt'), 'first');
      assert.deepEqual(await walked(storage), ['taken.txt']);
    },
  },
  {
    title: 'createWriteStream fails at the first byte over maxSize and leaves nothing',
    async run(storage) {
      const stream = storage.createWriteStream('big.bin', { maxSize: 100_000 });
      await assert.rejects(new Blob([new Uint8Array(300_000)]).stream().pipeTo(stream));
      await assert.rejects(stream.stored, fails('FILE_VALIDATION'));
      await assertNothing(storage, 'big.bin');
    },
  },
  {
    title: 'createWriteStream leaves nothing when it is aborted',
    async run(storage) {
      const reason = new Error('the user left');
      const stream = storage.createWriteStream('gone.bin');
      const writer = stream.getWriter();
      await writer.write(pattern(200_000));
      await soon(writer.abort(reason));
      await assert.rejects(soon(stream.stored), (thrown) => thrown === reason);
      await assertNothing(storage, 'gone.bin');
    },
  },
  {
    title: 'createWriteStream ends with the reason of its signal and leaves nothing',
    async run(storage) {
      const reason = new Error('the user left');
      const controller = new AbortController();
      const stream = storage.createWriteStream('gone.bin', { signal: controller.signal });
      await stream.getWriter().write(pattern(200_000));
      controller.abort(reason);
      await assert.rejects(soon(stream.stored), (thrown) => thrown === reason);
      await assertNothing(storage, 'gone.bin');
    },
  },
];
