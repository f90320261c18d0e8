import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { client, createBucket, createStorage, names, requestsOf } from './support.ts';

const bucket = await createBucket();

describe('a listing on S3', () => {
  it('goes on to the next page, of files and of directories', async () => {
    const storage = createStorage({ bucket }, { limits: { page: 2 } });
    const all = ['a/1.txt', 'b.txt', 'b/2.txt', 'c.txt', 'd/e/3.txt', 'e.txt', 'ü+ &.txt'];
    for (const name of all) await storage.save(name, name);
    const requests = requestsOf(storage);

    const { directories, files } = await storage.list();

    expect(directories).toEqual(['a', 'b', 'd']);
    expect(files.map(({ name }) => name)).toEqual(['b.txt', 'c.txt', 'e.txt', 'ü+ &.txt']);
    expect(requests.length).toBeGreaterThan(3);
    expect(await names(storage)).toEqual(all);
  });

  it('takes one request for all that fits on a page', async () => {
    const storage = createStorage({ bucket });
    for (const name of ['a.txt', 'b.txt', 'c/d.txt']) await storage.save(name, name);
    const requests = requestsOf(storage);

    await storage.list();
    await names(storage);

    expect(requests).toEqual(['ListObjectsV2', 'ListObjectsV2']);
  });

  it('does not show the markers of directories that consoles make, nor keys that are no names', async () => {
    const storage = createStorage({ bucket });
    await storage.save('dir/a.txt', 'a');
    for (const key of ['', 'dir/', 'empty/', '/b.txt', 'c//d.txt', '../e.txt']) {
      const Key = storage.prefix + key;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    }

    expect(await storage.list()).toEqual({ directories: ['c', 'dir', 'empty'], files: [] });
    expect(await storage.list('c')).toEqual({ directories: [], files: [] });
    expect((await storage.list('dir')).files.map(({ name }) => name)).toEqual(['dir/a.txt']);
    expect(await names(storage)).toEqual(['dir/a.txt']);
    expect(await storage.exists('dir')).toBe(false);
  });
});
