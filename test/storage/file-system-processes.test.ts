import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { FileSystemStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../support/temporary-directory.ts';

const script = fileURLToPath(new URL('./disk-writer.ts', import.meta.url));
const run = promisify(execFile);

async function unfinishedFiles(root: string): Promise<string[]> {
  return await readdir(join(root, '.filefield', 'tmp'), { recursive: true });
}

describe('several processes on one disk', () => {
  it('save one name at the same time, and each object is whole', async () => {
    const root = await temporaryDirectory();
    const storage = new FileSystemStorage({ location: root });

    const outputs = await Promise.all(
      ['a', 'b', 'c', 'd'].map((text) => run(process.execPath, [script, root, 'many', text])),
    );

    const wanted = outputs.flatMap(({ stdout }): [string, string][] => JSON.parse(stdout));
    const found = await Promise.all(
      wanted.map(async ([name]) => [name, await new Response(await storage.open(name)).text()]),
    );
    expect(new Set(wanted.map(([name]) => name)).size).toBe(100);
    expect(found).toEqual(wanted);
    expect(await unfinishedFiles(root)).toEqual([]);
  });
});

describe('a process that is killed while it writes', () => {
  it('leaves nothing under the name, and reclaim removes the rest', async () => {
    const root = await temporaryDirectory();
    const storage = new FileSystemStorage({ location: root });
    const child = spawn(process.execPath, [script, root, 'hang'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(await Array.fromAsync(storage.walk())).toEqual([]);
    expect(await storage.exists('big/file.bin')).toBe(false);
    expect(await unfinishedFiles(root)).toHaveLength(2);
    await storage.reclaim(['big/file.bin']);
    expect(await unfinishedFiles(root)).toEqual([]);
    expect(await readdir(root)).toEqual(['.filefield']);
  });
});

describe('a file of 256 MiB', () => {
  it('passes through in both directions without being held in memory', async () => {
    const root = await temporaryDirectory();

    const { stdout } = await run(process.execPath, [script, root, 'large']);

    expect(JSON.parse(stdout)).toEqual({
      size: 268_435_456,
      read: 268_435_456,
      sha256: 'a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484',
      grown: expect.toSatisfy((mebibytes: number) => mebibytes < 96, 'grew by less than 96 MiB'),
    });
  });
});
