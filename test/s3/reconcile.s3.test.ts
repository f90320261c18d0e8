import { setTimeout as sleep } from 'node:timers/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { FieldFile } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { Doc } from '../mikro-orm/lifecycle/entities.ts';
import { createApp, type App } from '../mikro-orm/support.ts';
import { client, createBucket, createStorage, openUploads, requestsOf } from './support.ts';

const bucket = await createBucket();

const styles = 'a { color: red }\n'.repeat(1000);

/** An application with one stylesheet in a storage that compresses, and the requests that it makes from now on. */
async function compressingApp(source: string | AsyncIterable<Uint8Array> = styles) {
  const storage = createStorage({ bucket, gzip: true, multipart: { threshold: 10_000 } });
  const app = await createApp([Doc], { default: storage, files: { environment: 'test' } });
  const em = app.em();
  const doc = em.create(Doc, { name: 'a', file: FieldFile.from(source, { filename: 'a.css' }) });
  await em.flush();
  // S3 tells whole seconds.
  await sleep(1100);
  return { app, storage, doc, requests: requestsOf(storage) };
}

async function reconcile(app: App, dryRun = true) {
  return await app.files.reconcile({ aliases: ['default'], olderThan: '0ms', dryRun });
}

describe('reconcile() on S3', () => {
  it('compares sizes as they are stored, without asking for each object', async () => {
    const { app, doc, requests } = await compressingApp();

    const report = await reconcile(app);

    expect(doc.file!.toRow()).toMatchObject({
      size: styles.length,
      storedSize: expect.toSatisfy((size: number) => size < 1000, 'is compressed'),
    });
    expect(report).toMatchObject({ objects: 1, references: 1, differences: [], orphans: [] });
    expect(requests).toEqual(['ListObjectsV2', 'ListMultipartUploads']);
  });

  it('asks an object itself where its row does not tell the compressed size', async () => {
    const { app, requests } = await compressingApp();
    await app.sql(`update doc set file = file - 'storedSize'`);

    expect(await reconcile(app)).toMatchObject({ objects: 1, differences: [] });
    expect(requests).toEqual(expect.arrayContaining(['HeadObject']));
  });

  it('lists multipart uploads that nobody completes, and the worker aborts them', async () => {
    const { app, storage } = await compressingApp();
    const Key = `${storage.prefix}forgotten.bin`;
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    await sleep(1100);

    const { unfinished, scheduled } = await reconcile(app, false);
    await app.reclaim();

    expect(unfinished).toMatchObject([{ storage: 'default', name: 'forgotten.bin' }]);
    expect(scheduled).toBe(1);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('leaves an upload alone that the journal lists', async () => {
    const { app, storage } = await compressingApp();
    const Key = `${storage.prefix}running.bin`;
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    await app.sql(
      `insert into file_journal (storage, name, reason, due_at) values ('default', 'running.bin', 'upload', now() + interval '1 day')`,
    );
    await sleep(1100);

    expect(await reconcile(app, false)).toMatchObject({ unfinished: [], scheduled: 0 });
    expect(await openUploads(bucket)).toEqual([Key]);
    await storage.reclaim(['running.bin']);
  });
});
