import { hash } from 'node:crypto';
import {
  CreateMultipartUploadCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import type { S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { answeringServer } from '../support/answering-server.ts';
import {
  client,
  createBucket,
  createStorage,
  names,
  openUploads,
  requestsOf,
  serverOptions,
} from './support.ts';

const bucket = await createBucket();

async function beginUpload({ bucket: Bucket, prefix }: S3Storage, name: string): Promise<void> {
  await client.send(new CreateMultipartUploadCommand({ Bucket, Key: prefix + name }));
}

async function versionedStorage(): Promise<S3Storage> {
  const Bucket = await createBucket();
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return createStorage({ bucket: Bucket, prefix: '' });
}

describe('deleteMany on S3', () => {
  it('removes a thousand objects with each request', async () => {
    const storage = createStorage({ bucket });
    const all = Array.from({ length: 2001 }, (_, index) => `many/${index}.txt`);
    await storage.save('many/0.txt', 'first');
    await storage.save('many/2000.txt', 'last');
    await storage.save('stays.txt', 'stays');
    const requests = requestsOf(storage);

    await storage.deleteMany(all);

    expect(requests).toEqual(['DeleteObjects', 'DeleteObjects', 'DeleteObjects']);
    expect(await names(storage)).toEqual(['stays.txt']);
  });

  it('takes names that XML has to escape', async () => {
    const storage = createStorage({ bucket });
    const odd = ["a&b<c>'d.txt", 'é ü+%20.txt', '\u{1f600}.txt'];
    for (const name of odd) await storage.save(name, name);

    await storage.deleteMany(odd);

    expect(await names(storage)).toEqual([]);
  });

  it('sends the checksum that many servers want of it, and not all know another', async () => {
    const sums: unknown[] = [];
    const endpoint = await answeringServer(({ headers }) => {
      sums.push(headers['content-md5']);
      return undefined;
    }, serverOptions.endpoint);
    const storage = createStorage({ bucket, endpoint, prefix: 'md5' });

    await storage.deleteMany(['a.txt']);

    const asked =
      '<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>md5/a.txt</Key></Object><Quiet>true</Quiet></Delete>';
    expect(sums).toEqual([hash('md5', asked, 'base64')]);
  });

  it('removes one by one where the server cannot do it at once', async () => {
    const answer = { status: 501, body: '<Error><Code>NotImplemented</Code></Error>' };
    const endpoint = await answeringServer(
      ({ method }) => (method === 'POST' ? answer : undefined),
      serverOptions.endpoint,
    );
    const storage = createStorage({ bucket, endpoint, client: { maxAttempts: 1 } });
    for (const name of ['a.txt', 'b.txt', 'c.txt']) {
      await storage.save(name, name, { ifExists: 'overwrite' });
    }

    await storage.deleteMany(['a.txt', 'b.txt', 'none.txt']);

    expect(await names(storage)).toEqual(['c.txt']);
  });

  it('reports what it could not remove, and removes the rest', async () => {
    const guarded = await createBucket();
    const storage = createStorage({ bucket: guarded, prefix: '' });
    for (const name of ['a.txt', 'kept/b.txt', 'c.txt']) await storage.save(name, name);
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:DeleteObject',
          Resource: `arn:aws:s3:::${guarded}/kept/*`,
        },
      ],
    });
    await client.send(new PutBucketPolicyCommand({ Bucket: guarded, Policy }));

    const deleting = storage.deleteMany(['a.txt', 'kept/b.txt', 'c.txt']);

    await expect(deleting).rejects.toMatchObject({
      message: 'Cannot delete 1 files',
      errors: [
        {
          code: 'STORAGE',
          object: 'kept/b.txt',
          message: `Cannot delete "kept/b.txt": access is denied, the credentials need s3:DeleteObject on "arn:aws:s3:::${guarded}/kept/b.txt"`,
        },
      ],
    });
    expect(await names(storage)).toEqual(['kept/b.txt']);
  });
});

describe('in a bucket that keeps versions', () => {
  it('what is deleted is gone for the storage, and stays as an older version', async () => {
    const storage = await versionedStorage();
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await storage.save(name, name);

    await storage.delete('a.txt');
    await storage.deleteMany(['b.txt']);
    await storage.reclaim(['c.txt']);

    // What follows the library's own object.
    const { Versions, DeleteMarkers } = await client.send(
      new ListObjectVersionsCommand({ Bucket: storage.bucket, KeyMarker: '0' }),
    );
    expect(await names(storage)).toEqual([]);
    expect(await storage.exists('b.txt')).toBe(false);
    expect(Versions?.map(({ Key }) => Key)).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(DeleteMarkers?.map(({ Key }) => Key)).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  it('the name of what is deleted is free', async () => {
    const storage = await versionedStorage();
    await storage.save('a.txt', 'first');
    await storage.delete('a.txt');

    const stored = await storage.save('a.txt', 'second', { ifExists: 'error' });

    expect(stored.name).toBe('a.txt');
  });
});

describe('reclaim on S3', () => {
  it('removes the open uploads of a name, and no others', async () => {
    const storage = createStorage({ bucket });
    await storage.save('a.txt', 'a');
    for (const name of ['a.txt', 'b.bin', 'b.bin', 'b.bin.old']) await beginUpload(storage, name);

    await storage.reclaim(['a.txt', 'b.bin', 'none.txt']);

    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([`${storage.prefix}b.bin.old`]);
  });

  it('finds them on every page of the list', async () => {
    const storage = createStorage({ bucket }, { limits: { page: 2 } });
    const wanted = Array.from({ length: 5 }, (_, index) => `pages/${index}.bin`);
    for (const name of wanted) await beginUpload(storage, name);

    await storage.reclaim(wanted);

    const left = (await openUploads(bucket)).filter((key) => key.startsWith(storage.prefix));
    expect(left).toEqual([]);
  });

  it('asks once for the open uploads of many names', async () => {
    const storage = createStorage({ bucket });
    const requests = requestsOf(storage);

    await storage.reclaim(Array.from({ length: 500 }, (_, index) => `${index}.txt`));

    expect(requests).toEqual(['ListMultipartUploads', 'DeleteObjects']);
  });
});
