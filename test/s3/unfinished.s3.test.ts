import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { createBucket, createStorage, names, openUploads } from './support.ts';

const bucket = await createBucket();
const child = fileURLToPath(new URL('./writer-child.ts', import.meta.url));

describe('a process that is killed while it writes a large file to S3', () => {
  it('leaves nothing under the name, and reclaim removes the parts', async () => {
    const storage = createStorage({ bucket });
    const options = JSON.stringify({ ...inject('s3Server'), bucket, prefix: storage.prefix });
    const writer = spawn(process.execPath, [child, options, 'hang'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(writer.stdout, 'data');

    writer.kill('SIGKILL');
    await once(writer, 'exit');

    expect(await names(storage)).toEqual([]);
    expect(await storage.exists('large.bin')).toBe(false);
    expect(await openUploads(bucket)).toEqual([`${storage.prefix}large.bin`]);
    expect(await Array.fromAsync(storage.unfinished())).toEqual([
      { name: 'large.bin', modifiedAt: expect.any(Date) },
    ]);
    await storage.reclaim(['large.bin']);
    expect(await openUploads(bucket)).toEqual([]);
  });
});

describe('a file of 192 MiB', () => {
  it('passes through in both directions without being held in memory', async () => {
    const storage = createStorage({ bucket });
    const options = JSON.stringify({ ...inject('s3Server'), bucket, prefix: storage.prefix });
    const reader = spawn(process.execPath, [child, options, 'large'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

    const output = await new Response(Readable.toWeb(reader.stdout)).text();

    expect(JSON.parse(output)).toEqual({
      size: 201_326_592,
      read: 201_326_592,
      grown: expect.toSatisfy((mebibytes: number) => mebibytes < 96, 'grew by less than 96 MiB'),
    });
  });
});
