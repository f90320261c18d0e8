import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { staticOptions } from '@filefield/s3';
import { collectStatic } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { client, createBucket, createStorage, requestsOf, serverOptions } from '../s3/support.ts';
import { namesIn, textOf } from './collected.ts';
import { sourceTree, writeTree } from './source-tree.ts';

const bucket = await createBucket();
const site = { 'css/app.css': 'a { b: url(../img/a.png) }'.repeat(9), 'img/a.png': 'png' };
const publicStorage = (): ReturnType<typeof createStorage> =>
  createStorage({ ...staticOptions({ ...serverOptions, bucket }), bucket });

describe('static files on S3', () => {
  it('are collected with one request for each object, and one that looks what is there', async () => {
    const storage = publicStorage();
    const requests = requestsOf(storage);

    await collectStatic({ sources: [await sourceTree(site)], storage });

    expect(requests.toSorted()).toEqual([
      'GetObject',
      'ListObjectsV2',
      ...Array.from({ length: 5 }, () => 'PutObject'),
    ]);
  });

  it('are left alone the second time, after one request', async () => {
    const storage = publicStorage();
    const options = { sources: [await sourceTree(site)], storage, precompress: true };
    await collectStatic(options);
    const requests = requestsOf(storage);

    await collectStatic(options);

    expect(requests).toEqual(['GetObject']);
  });

  it('are replaced and pruned', async () => {
    const storage = publicStorage();
    const directory = await sourceTree(site);
    await collectStatic({ sources: [directory], storage });
    await writeTree(directory, { 'img/a.png': 'other' });

    const { deleted } = await collectStatic({ sources: [directory], storage, prune: 0 });

    expect(deleted).toContain('img/a.bff139fa05ac.png');
    expect(await namesIn(storage)).toHaveLength(5);
    expect(await textOf(storage, 'img/a.png')).toBe('other');
  });

  it('are compared by their checksums where the manifest is not trusted', async () => {
    const storage = publicStorage();
    const options = { sources: [await sourceTree(site)], storage };
    await collectStatic(options);
    const requests = requestsOf(storage);

    const { unchanged } = await collectStatic({ ...options, verify: true });

    expect(unchanged).toHaveLength(2);
    expect(requests.filter((command) => command !== 'HeadObject').toSorted()).toEqual([
      'GetObject',
      'ListObjectsV2',
    ]);
  });

  it.each([
    {
      of: 'a hashed file',
      name: 'img/a.bff139fa05ac.png',
      header: 'public, max-age=31536000, immutable',
    },
    { of: 'a plain file', name: 'img/a.png', header: 'public, no-cache' },
    { of: 'the manifest', name: 'staticfiles.json', header: 'public, no-cache' },
  ])('tell caches how long to keep $of', async ({ name, header }) => {
    const storage = publicStorage();
    await collectStatic({ sources: [await sourceTree(site)], storage });

    const Key = storage.prefix + name;
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));

    expect(head.CacheControl).toBe(header);
  });
});
