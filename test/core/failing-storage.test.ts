import { MemoryStorage, StorageError, type CopiedFile, type FileStorage } from '@filefield/core';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { describe, expect, it } from 'vitest';

async function read(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

class CopyingStorage extends MemoryStorage {
  origin: FileStorage | undefined;

  async copyFrom(origin: FileStorage): Promise<CopiedFile> {
    this.origin = origin;
    return { size: 0, type: 'text/plain' };
  }
}

describe('a fault', () => {
  it('before an operation keeps it from happening', async () => {
    const memory = new MemoryStorage();
    const storage = failingStorage(memory, [{ operation: 'save' }]);

    const save = storage.save('a.txt', 'x');

    await expect(save).rejects.toThrow(StorageError);
    await expect(save).rejects.toThrow('Cannot save "a.txt": a fault was ordered');
    expect(await memory.exists('a.txt')).toBe(false);
  });

  it('after an operation lets it happen and hides it', async () => {
    const memory = new MemoryStorage();
    const storage = failingStorage(memory, [{ operation: 'save', when: 'after' }]);

    await expect(storage.save('a.txt', 'x')).rejects.toThrow(StorageError);

    expect(await memory.exists('a.txt')).toBe(true);
  });

  it('during a save comes after its bytes, and nothing is stored', async () => {
    const memory = new MemoryStorage();
    const fault: StorageFault = { operation: 'save', when: 'during', afterBytes: 6000 };
    const taken: number[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const size of [5000, 5000, 5000]) {
        taken.push(size);
        yield new Uint8Array(size);
      }
    }

    await expect(failingStorage(memory, [fault]).save('a.bin', source())).rejects.toThrow(
      StorageError,
    );

    expect(taken).toEqual([5000, 5000]);
    expect(await memory.exists('a.bin')).toBe(false);
  });

  it('during an open breaks the stream on its way', async () => {
    const memory = new MemoryStorage();
    await memory.save('a.txt', '0123456789');
    const fault: StorageFault = { operation: 'open', when: 'during', afterBytes: 4 };
    const storage = failingStorage(memory, [fault]);
    const got: string[] = [];

    const reading = (async () => {
      for await (const chunk of await storage.open('a.txt'))
        got.push(Buffer.from(chunk).toString());
    })();

    await expect(reading).rejects.toThrow(StorageError);
    expect(got).toEqual(['0123']);
  });

  it('strikes the n-th call only', async () => {
    const storage = failingStorage(new MemoryStorage(), [{ operation: 'exists', call: 2 }]);

    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => storage.exists(name)));

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('strikes the n-th call about one object only', async () => {
    const storage = failingStorage(new MemoryStorage(), [
      { operation: 'exists', name: 'b', call: 2 },
    ]);

    const results = await Promise.allSettled(
      ['b', 'a', 'a', 'b', 'b'].map((name) => storage.exists(name)),
    );

    expect(results.findIndex(({ status }) => status === 'rejected')).toBe(3);
  });

  it('may throw whatever it is given', async () => {
    const error = new Error('slow down');
    const storage = failingStorage(new MemoryStorage(), [{ operation: 'stat', error }]);

    await expect(storage.stat('a.txt')).rejects.toBe(error);
  });

  it('may be ordered and taken back later', async () => {
    const faults: StorageFault[] = [];
    const storage = failingStorage(new MemoryStorage(), faults);
    await storage.save('a.txt', 'x');

    faults.push({ operation: 'open' });
    await expect(storage.open('a.txt')).rejects.toThrow(StorageError);
    faults.length = 0;

    expect(await read(await storage.open('a.txt'))).toBe('x');
  });

  it.each(['deleteMany', 'reclaim'] as const)(
    'of one object in %s leaves this object only',
    async (operation) => {
      const memory = new MemoryStorage();
      await memory.save('a.txt', 'x');
      await memory.save('b.txt', 'x');
      const storage = failingStorage(memory, [{ operation, name: 'a.txt' }]);

      const work = storage[operation](['a.txt', 'b.txt']);

      await expect(work).rejects.toMatchObject({ errors: [{ code: 'STORAGE', object: 'a.txt' }] });
      expect([await memory.exists('a.txt'), await memory.exists('b.txt')]).toEqual([true, false]);
    },
  );
});

describe('an operation that hangs', () => {
  it('goes on when it is released', async () => {
    const storage = failingStorage(new MemoryStorage(), [{ operation: 'save', effect: 'hang' }]);
    const save = storage.save('a.txt', 'x');

    storage.release();

    expect((await save).name).toBe('a.txt');
  });

  it('ends with its signal', async () => {
    const storage = failingStorage(new MemoryStorage(), [{ operation: 'save', effect: 'hang' }]);
    const controller = new AbortController();
    const reason = new Error('the user left');
    const save = storage.save('a.txt', 'x', { signal: controller.signal });

    controller.abort(reason);

    await expect(save).rejects.toBe(reason);
  });

  it('hangs with half of its bytes written', async () => {
    const memory = new MemoryStorage();
    const storage = failingStorage(memory, [
      { operation: 'save', when: 'during', afterBytes: 1, effect: 'hang' },
    ]);
    const save = storage.save('a.txt', 'xyz');
    expect(await memory.exists('a.txt')).toBe(false);

    await new Promise(setImmediate);
    storage.release();
    await save;

    expect(await read(await memory.open('a.txt'))).toBe('xyz');
  });
});

describe('a failing storage', () => {
  it('remembers every call', async () => {
    const storage = failingStorage(new MemoryStorage(), [{ operation: 'stat' }]);
    await storage.save('a.txt', 'x');
    await storage.copy('a.txt', 'b.txt');
    await expect(storage.stat('a.txt')).rejects.toThrow(StorageError);

    expect(storage.calls).toEqual([
      { operation: 'save', names: ['a.txt'] },
      { operation: 'copy', names: ['a.txt', 'b.txt'] },
      { operation: 'stat', names: ['a.txt'] },
    ]);
  });

  it('lets the storage below it copy from the storage below another one', async () => {
    const [one, two] = [new MemoryStorage(), new CopyingStorage()];
    const storage = failingStorage(two, [{ operation: 'copyFrom', call: 2 }]);

    await storage.copyFrom?.(failingStorage(one, [{ operation: 'open' }]), 'a.txt', 'b.txt');

    expect(two.origin).toBe(one);
    await expect(storage.copyFrom?.(one, 'a.txt', 'c.txt')).rejects.toThrow(StorageError);
    expect(failingStorage(one)).toHaveProperty('copyFrom', undefined);
  });

  it('is the storage below it in everything else', () => {
    const memory = new MemoryStorage({ id: 'x', visibility: 'public' });
    const storage = failingStorage(memory);

    storage.alias = 'media';

    expect(memory.alias).toBe('media');
    expect(storage).toMatchObject({
      alias: 'media',
      location: 'memory://x/',
      visibility: 'public',
      capabilities: memory.capabilities,
    });
    expect(storage.url('a.txt')).toBe('memory://x/a.txt');
  });
});
