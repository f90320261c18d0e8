import { createReadStream } from 'node:fs';
import { GetObjectCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { fileBinding } from '@filefield/core/binding';
import { bareClient, benchStorage, type BenchBucket } from './bench-s3.ts';
import { reportRun } from './child-run.ts';

const [variant = '', place = '', key = '', source = '', sha256 = ''] = process.argv.slice(2);
const bucket = JSON.parse(place) as BenchBucket;
// What a storage does where nothing else is said.
const [partSize, concurrency] = [8 * 2 ** 20, 4];
const storage = benchStorage(bucket, { multipart: { partSize, concurrency } });
const client = bareClient(bucket);

const variants: Record<string, () => Promise<void>> = {
  'save() of S3Storage': async () => {
    await storage.save(key, createReadStream(source), { ifExists: 'error' });
  },
  'Upload of lib-storage': async () => {
    const params = { Bucket: bucket.bucket, Key: key, Body: createReadStream(source) };
    await new Upload({ client, params, partSize, queueSize: concurrency }).done();
  },
  'open() of S3Storage': async () => {
    await readAll(await storage.open(key));
  },
  'stream() of a FieldFile, verified': async () => {
    const file = fileBinding.hydrate(
      { storage: 'private', name: key, sha256 },
      { storage: () => storage },
    );
    await readAll(file.stream({ verify: true }));
  },
  GetObject: async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket.bucket, Key: key }));
    await readAll(Body as unknown as AsyncIterable<Uint8Array>);
  },
};

const work = variants[variant];
if (work === undefined) throw new TypeError(`Cannot run ${variant}: no such variant`);
// Connected, and what servers are asked once is known.
await storage.ready();
await client.send(new HeadBucketCommand({ Bucket: bucket.bucket }));
await reportRun(work);
await storage.close();
client.destroy();

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let size = 0;
  for await (const chunk of bytes) size += chunk.byteLength;
  if (size === 0) throw new Error('nothing was read');
}
