import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AbortMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { findConditionalWrites } from '../../packages/s3/src/conditional-writes.ts';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { MultipartUpload } from '../../packages/s3/src/multipart-upload.ts';
import { S3Bucket } from '../../packages/s3/src/s3-bucket.ts';
import { answeringServer, type Answer, type Answering } from '../support/answering-server.ts';
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

  it('is not thought missing when finding out fails for another reason', async () => {
    const answers = [expired];
    const endpoint = await answeringServer(() => answers.pop(), serverOptions.endpoint);
    const storage = createStorage({ bucket, endpoint, client: { maxAttempts: 1 } });
    await expect(storage.save('a.txt', 'a')).rejects.toThrow('the temporary credentials have');

    await storage.save('a.txt', 'a');

    expect(storage.capabilities.conditionalWrite.put).toBe(true);
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

describe('a write that meets another one of its name, which AWS answers with 409,', () => {
  it('is tried again', async () => {
    const answers = [conflict, conflict];
    const endpoint = await answeringServer(
      ({ headers, url }) =>
        headers['if-none-match'] && isOf('a.txt', url) ? answers.pop() : undefined,
      serverOptions.endpoint,
    );
    const storage = createStorage({ bucket, endpoint });

    const stored = await storage.save('a.txt', 'bytes', { ifExists: 'error' });

    expect(answers).toEqual([]);
    expect(stored.name).toBe('a.txt');
    expect(await textOf(storage, 'a.txt')).toBe('bytes');
  });

  it('has lost where the other one is there and its own parts are gone', async () => {
    const { prefix } = createStorage({ bucket });
    const endpoint = await answeringServer(
      overtaking(`${prefix}a.bin`, 'the other one'),
      serverOptions.endpoint,
    );
    const enforced = { conditionalWrite: { put: true, complete: true, copy: true }, partSize: 100 };
    const storage = createStorage({ bucket, prefix, endpoint }, enforced);

    const saving = storage.save('a.bin', new Uint8Array(150), { ifExists: 'error' });

    await expect(saving).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await textOf(storage, 'a.bin')).toBe('the other one');
  });
});

/** "PutObject" and "CompleteMultipartUpload" of the S3 API Reference; this server never answers so. */
const conflict: Answer = {
  status: 409,
  body: '<Error><Code>ConditionalRequestConflict</Code><Message>The conditional request cannot succeed due to a conflicting operation against this resource.</Message></Error>',
};
const expired: Answer = {
  status: 400,
  body: '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>',
};

/** When an upload ends: another writer was faster, and the server has thrown the parts away. */
function overtaking(Key: string, Body: string): Answering {
  const answers = [conflict];
  return async ({ method, url = '' }) => {
    const UploadId = new URL(url, serverOptions.endpoint).searchParams.get('uploadId');
    if (method !== 'POST' || UploadId === null || answers.length === 0) return undefined;
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    return answers.pop();
  };
}

function isOf(name: string, url = ''): boolean {
  return new URL(url, serverOptions.endpoint).pathname.endsWith(`/${name}`);
}

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
