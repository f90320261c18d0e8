import { inspect } from 'node:util';

import {
  FieldFile,
  InvalidNameError,
  MemoryStorage,
  PendingFileError,
  type FileRow,
} from '@filefield/core';
import { fileBinding, type FileContext, type StagedUpload } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';

const row: FileRow = { storage: 'default', name: 'a_1.txt', filename: 'a.txt', size: 5 };
const staged: StagedUpload = { id: '1', field: 'User.avatar', expiresAt: 0, row };
const storage = new MemoryStorage();
const context: FileContext = { storage: () => storage };

describe('a hydrated file', () => {
  it('answers the very object that it was made of', () => {
    expect(fileBinding.row(fileBinding.hydrate(row, context))).toBe(row);
  });

  it('has nothing to upload', () => {
    const file = fileBinding.hydrate(row, context);

    expect(fileBinding.pending(file)).toBeUndefined();
    expect(fileBinding.staged(file)).toBeUndefined();
  });

  it.each([
    ['no name', undefined],
    ['null', null],
    ['a number', 7],
    ['an array', ['a_1.txt']],
    ['an object', { name: 'a_1.txt' }],
  ])(
    'is shown, and gives no bytes, when raw SQL wrote a row with %s as its name',
    async (_, name) => {
      const written: FileRow = JSON.parse(JSON.stringify({ storage: 'default', name }));
      const file = fileBinding.hydrate(written, context);

      expect(() => [JSON.stringify(file), String(file), inspect(file)]).not.toThrow();
      expect(() => file.url).toThrow(InvalidNameError);
      await expect(file.bytes()).rejects.toThrow(InvalidNameError);
    },
  );

  it('asks its context for the storage of its row each time', async () => {
    const asked: string[] = [];
    const file = fileBinding.hydrate(row, {
      storage(alias) {
        asked.push(alias);
        return storage;
      },
    });

    await file.exists();

    expect([file.url, asked]).toEqual([storage.url('a_1.txt'), ['default', 'default']]);
  });
});

describe('a staged file', () => {
  it('is stored and waits for its row', () => {
    const file = fileBinding.stage(staged, context);

    expect(file).toMatchObject({ isPending: false, name: 'a_1.txt' });
    expect(fileBinding.staged(file)).toBe(staged);
    expect(fileBinding.pending(file)).toBeUndefined();
  });

  it('is staged again after a rollback', () => {
    const file = fileBinding.stage(staged, context);
    fileBinding.settle(file, row, context);

    fileBinding.unsettle(file, staged);

    expect([file.isPending, fileBinding.staged(file)]).toEqual([false, staged]);
  });
});

describe('a pending file', () => {
  it('has an id of its own', () => {
    const [a, b] = [FieldFile.from('a'), FieldFile.from('a')];

    expect(fileBinding.pending(a)?.id).not.toBe(fileBinding.pending(b)?.id);
    expect(fileBinding.row(a)).toBeUndefined();
  });

  it('tells what is to be uploaded', () => {
    const file = FieldFile.from('hello', { filename: 'a.txt', type: 'text/x', metadata: { a: 1 } });

    expect(fileBinding.pending(file)).toEqual({
      id: expect.any(String),
      filename: 'a.txt',
      type: 'text/x',
      metadata: { a: 1 },
      origin: { kind: 'source', source: 'hello' },
    });
  });

  it('becomes stored when it is settled', () => {
    const file = FieldFile.from('hello');

    fileBinding.settle(file, row, context);

    expect(file).toMatchObject({ isPending: false, name: 'a_1.txt', filename: 'a.txt' });
    expect(fileBinding.row(file)).toBe(row);
    expect(fileBinding.pending(file)).toBeUndefined();
  });

  it('is pending again after a rollback, its upload kept', async () => {
    const file = FieldFile.from('hello', { filename: 'b.txt' });
    const pending = fileBinding.pending(file);
    fileBinding.settle(file, row, context);

    fileBinding.unsettle(file, staged);

    expect(file).toMatchObject({ isPending: true, filename: 'b.txt' });
    expect(fileBinding.pending(file)).toBe(pending);
    expect(fileBinding.staged(file)).toBe(staged);
    expect(() => file.url).toThrow(PendingFileError);
    expect(await file.text()).toBe('hello');
  });

  it('is no upload any more when its upload is given up', () => {
    const file = FieldFile.from('hello');
    fileBinding.settle(file, row, context);

    fileBinding.unsettle(file);

    expect([file.isPending, fileBinding.staged(file)]).toEqual([true, undefined]);
  });

  it('forgets its source when it is finished, and answers what it was', () => {
    const file = FieldFile.from('hello');
    const pending = fileBinding.pending(file);
    fileBinding.settle(file, row, context);

    const finished = fileBinding.finish(file);
    fileBinding.unsettle(file);

    expect(finished).toBe(pending);
    expect(file.isPending).toBe(false);
  });

  it('keeps its source when it is finished before it was settled', () => {
    const file = FieldFile.from('hello');
    const pending = fileBinding.pending(file);

    fileBinding.finish(file);

    expect(fileBinding.pending(file)).toBe(pending);
  });

  it('does not take its source along when a settled one is called differently', () => {
    const file = FieldFile.from('hello');
    fileBinding.settle(file, row, context);

    const other = file.withFilename('b.txt');
    fileBinding.unsettle(other);

    expect(other).toMatchObject({ isPending: false, filename: 'b.txt' });
  });
});
