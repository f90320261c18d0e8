import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileSystemStorage, InvalidNameError, MemoryStorage } from '@filefield/core';
import type { FileStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const script = fileURLToPath(new URL('./disk-writer.ts', import.meta.url));

async function unfinished(storage: FileStorage): Promise<string[]> {
  return await Array.fromAsync(storage.unfinished?.() ?? [], ({ name }) => name);
}

/** A location in which a process was killed while it wrote. */
async function locationOfKilled(): Promise<FileSystemStorage> {
  const location = await temporaryDirectory();
  const child = spawn(process.execPath, [script, location, 'hang'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return new FileSystemStorage({ location });
}

describe('unfinished()', () => {
  it('tells a write that runs, until it is complete', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });
    const writer = storage.createWriteStream('a.txt').getWriter();
    await writer.write(new Uint8Array(5000));
    await writer.write(new Uint8Array(5000));

    const [running] = await Array.fromAsync(storage.unfinished());
    await writer.close();

    expect(running?.name).toMatch(/^\.filefield\/tmp\/[0-9a-f]{32}$/);
    expect(running?.modifiedAt).toBeInstanceOf(Date);
    expect(await unfinished(storage)).toEqual([]);
  });

  it('tells what a killed process left, and reclaim() takes what it tells', async () => {
    const storage = await locationOfKilled();
    const left = await unfinished(storage);

    await storage.reclaim(left);

    expect(left).toHaveLength(1);
    expect(await unfinished(storage)).toEqual([]);
    expect(await storage.save('next.txt', 'x')).toMatchObject({ name: 'next.txt' });
  });

  it('does not tell what is none of its own', async () => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({ location });
    await writeFile(join(location, '.filefield', 'tmp', 'notes.txt'), 'x');

    expect(await unfinished(storage)).toEqual([]);
  });

  it('is told by wrappers, and is nothing where nothing is left', async () => {
    expect(await unfinished(failingStorage(await locationOfKilled()))).toHaveLength(1);
    expect(await unfinished(failingStorage(new MemoryStorage()))).toEqual([]);
  });
});

describe('reclaim() refuses', () => {
  it.each([
    ['the owner of the location', '.filefield/owner'],
    ['the directory of all unfinished files', '.filefield/tmp'],
    ['what no unfinished file is called', '.filefield/tmp/notes.txt'],
    ['a part of an unfinished file', `.filefield/tmp/${'0'.repeat(32)}/x`],
    ['a way out', `.filefield/tmp/../${'0'.repeat(32)}`],
  ])('%s', async (_, name) => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });

    await expect(storage.reclaim([name])).rejects.toThrow(InvalidNameError);
  });
});

describe('the name of an unfinished file', () => {
  const name = `.filefield/tmp/${'0'.repeat(32)}`;

  it.each<[string, (storage: FileStorage) => Promise<unknown>]>([
    ['delete', async (storage) => storage.delete(name)],
    ['exists', async (storage) => storage.exists(name)],
    ['open', async (storage) => storage.open(name)],
    ['save', async (storage) => storage.save(name, 'x')],
  ])('is refused by %s()', async (_, use) => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });

    await expect(use(storage)).rejects.toThrow(InvalidNameError);
  });
});
