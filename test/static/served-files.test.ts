import { MemoryStorage, type FileStat } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { ServedFiles } from '../../packages/static/src/served-files.ts';

/** Has every file, and notes which it was asked for. */
class EndlessStorage extends MemoryStorage {
  readonly asked: string[] = [];

  override async stat(name: string): Promise<FileStat> {
    this.asked.push(name);
    return { name, size: 1, modifiedAt: new Date() };
  }
}

describe('what a handler remembers of files', () => {
  it('is asked once, and again when it was forgotten', async () => {
    const storage = new EndlessStorage();
    const files = new ServedFiles(storage, 60, false);

    await files.find('a.js');
    await files.find('a.js');
    files.forget('a.js');
    await files.find('a.js');

    expect(storage.asked).toEqual(['a.js', 'a.js']);
  });

  it('has a limit, however many spellings lead to files', async () => {
    const storage = new EndlessStorage();
    const files = new ServedFiles(storage, 60, false);
    const names = Array.from({ length: 10_001 }, (_, index) => `${index}.js`);
    await Promise.all(names.map(async (name) => files.find(name)));
    storage.asked.length = 0;

    await files.find('10000.js');
    await files.find('0.js');

    expect(storage.asked).toEqual(['0.js']);
  });

  it('is nothing where nothing may be kept', async () => {
    const storage = new EndlessStorage();
    const files = new ServedFiles(storage, 0, false);

    await files.find('a.js');
    await files.find('a.js');

    expect(storage.asked).toEqual(['a.js', 'a.js']);
  });
});
