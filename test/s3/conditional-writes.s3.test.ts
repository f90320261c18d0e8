import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { findConditionalWrites } from '../../packages/s3/src/conditional-writes.ts';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { MultipartUpload } from '../../packages/s3/src/multipart-upload.ts';
import { S3Bucket } from '../../packages/s3/src/s3-bucket.ts';
import {
  client,
  createBucket,
  createStorage,
  names,
  openUploads,
  requestsOf,
  serverOptions,
  sha256,
  textOf,
} from './support.ts';

const bucket = await createBucket();
const run = promisify(execFile);
const child = fileURLToPath(new URL('./writer-child.ts', import.meta.url));
const nothing = { put: false, complete: false, copy: false };

describe('what the server enforces', () => {
  it('is not counted on until it is found out', async () => {
    const storage = createStorage({ bucket });
    const before = storage.capabilities.conditionalWrite;

    await storage.ready();

    expect(before).toEqual(nothing);
    // Ceph 16; later ones, and S3, enforce more.
    expect(storage.capabilities.conditionalWrite).toMatchObject({ put: true });
  });

  it('is found out once for all storages of a server, and before the first write', async () => {
    await createStorage({ bucket }).ready();
    const storage = createStorage({ bucket: await createBucket() });
    const requests = requestsOf(storage);

    await storage.save('a.txt', 'a', { ifExists: 'error' });

    expect(requests).toEqual(['PutObject']);
    expect(storage.capabilities.conditionalWrite.put).toBe(true);
  });

  it('is found out by several processes at the same time', async () => {
    const options = checkedOptions({ ...serverOptions, bucket, prefix: 'race/' });
    const place = new S3Bucket(client, options);

    const found = await Promise.all(Array.from({ length: 6 }, () => findConditionalWrites(place)));

    expect(found.map(({ put }) => put)).toEqual(found.map(() => true));
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('removes what a process left that was killed while it tried', async () => {
    const options = checkedOptions({ ...serverOptions, bucket, prefix: 'killed/' });
    const place = new S3Bucket(client, options);
    await MultipartUpload.begin(place, '.filefield/probe', {});

    await findConditionalWrites(place);
    const young = await openUploads(bucket);
    await findConditionalWrites(place, 0);

    expect(young).toEqual(['killed/.filefield/probe']);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('leaves nothing that a listing shows', async () => {
    const storage = createStorage({ bucket });

    await storage.ready();

    expect(await names(storage)).toEqual([]);
    expect(await storage.list()).toEqual({ directories: [], files: [] });
  });
});

describe('where the server enforces nothing', () => {
  it('a name is looked up before it is written', async () => {
    const storage = createStorage({ bucket }, { conditionalWrite: nothing });
    await storage.ready();
    const requests = requestsOf(storage);
    await storage.save('a.txt', 'first');

    const second = await storage.save('a.txt', 'second');

    expect(second.name).toMatch(/^a_\w{7}\.txt$/);
    expect(await textOf(storage, 'a.txt')).toBe('first');
    expect(requests.slice(0, 2)).toEqual(['HeadObject', 'PutObject']);
    await expect(storage.save('a.txt', 'x', { ifExists: 'error' })).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    });
    await expect(storage.copy(second.name, 'a.txt')).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  });
});

describe('several processes that save one name', () => {
  it('get an intact object each', async () => {
    const storage = createStorage({ bucket });
    await storage.ready();
    const options = JSON.stringify({ ...inject('s3Server'), bucket, prefix: storage.prefix });
    const texts = ['a', 'b', 'c'];

    const outputs = await Promise.all(
      texts.map((text) => run(process.execPath, [child, options, text])),
    );

    const stored = outputs.flatMap(({ stdout }): [string, string][] => JSON.parse(stdout));
    const found = await Promise.all(
      stored.map(async ([name]) => [name, await sha256(await storage.open(name))]),
    );
    expect(new Set(stored.map(([name]) => name)).size).toBe(30);
    expect(found).toEqual(stored);
    expect((await names(storage)).toSorted()).toEqual(stored.map(([name]) => name).toSorted());
  });
});
