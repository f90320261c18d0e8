import { probe, type S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { findConditionalWrites } from '../../packages/s3/src/conditional-writes.ts';
import { bucketOf } from '../../packages/s3/src/s3-storage.ts';
import { granted } from './sent-upload.ts';
import { createBucket, createStorage, inputsOf, pattern, textOf } from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const account = '123456789012';
/** What a storage asks a server for; nothing makes, changes or deletes a bucket. */
const allCommands = new Set([
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'DeleteObject',
  'DeleteObjects',
  'GetBucketCors',
  'GetBucketEncryption',
  'GetBucketLifecycleConfiguration',
  'GetBucketLocation',
  'GetBucketPolicyStatus',
  'GetBucketVersioning',
  'GetObject',
  'GetPublicAccessBlock',
  'HeadBucket',
  'HeadObject',
  'ListMultipartUploads',
  'ListObjectsV2',
  'ListParts',
  'PutObject',
  'UploadPart',
  'UploadPartCopy',
]);
const ofBucket = /^(?:HeadBucket|GetBucket\w+|GetPublicAccessBlock)$/;

/** Asks the server for everything that a storage ever asks for. */
async function everything(storage: S3Storage): Promise<void> {
  await storage.ready();
  await findConditionalWrites(bucketOf(storage));
  await storage.save('a.txt', 'bytes');
  await storage.save('a.txt', 'bytes');
  await storage.save('a.bin', pattern(6 * mebibyte));
  await storage.copy('a.txt', 'b.txt');
  await storage.copy('a.bin', 'b.bin');
  await storage.move('b.txt', 'c.txt');
  await textOf(storage, 'c.txt');
  await textOf(storage, 'c.txt', { start: 1 });
  await storage.exists('none.txt');
  await storage.list();
  await Array.fromAsync(storage.walk());
  await storage.delete('c.txt');
  await storage.deleteMany(['a.txt', 'a.bin']);
  await storage.reclaim(['b.bin']);
  await storage.createUpload(granted({ size: 1 }), { kind: 'put' });
  const complete = storage.createUpload(granted(), { kind: 'complete', uploadId: 'none' });
  await expect(complete).rejects.toMatchObject({ reason: 'missing' });
  await probe(storage);
}

describe('every request', () => {
  it('names the account that has to own the bucket, and who pays', async () => {
    const options = { expectedBucketOwner: account, requestPayer: 'requester' } as const;
    const multipart = { partSize: 5 * mebibyte, threshold: 5 * mebibyte };
    const limits = { copy: 5 * mebibyte, copyPart: 5 * mebibyte };
    const storage = createStorage({ bucket, multipart, ...options }, { limits });
    const inputs = inputsOf(storage);

    await everything(storage);

    const commands = new Set(inputs.map(({ command }) => command));
    const unowned = inputs.filter(({ ExpectedBucketOwner: owner }) => owner !== account);
    const unpaid = inputs.filter(({ RequestPayer: payer }) => payer !== 'requester');
    const copies = inputs.filter(({ CopySource }) => CopySource !== undefined);
    expect(commands).toEqual(allCommands);
    expect(unowned).toEqual([]);
    expect(unpaid.filter(({ command }) => !ofBucket.test(String(command)))).toEqual([]);
    expect(new Set(copies.map((input) => input['ExpectedSourceBucketOwner']))).toEqual(
      new Set([account]),
    );
  });
});
