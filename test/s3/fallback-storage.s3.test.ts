import { fallbackStorage, FieldFile, FileSystemStorage, type FileStorage } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { meetsNeeds, storageContract } from '@filefield/core/testing';
import type { S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { Doc } from '../mikro-orm/lifecycle/entities.ts';
import { createMovingSite, Paper, type RunningApp } from '../mikro-orm/lifecycle/moving-site.ts';
import { createApp } from '../mikro-orm/support.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { formRequest } from './sent-upload.ts';
import { createBucket, createStorage, requestsOf } from './support.ts';

const bucket = await createBucket();

async function createPair(): Promise<{ s3: S3Storage; disk: FileStorage; both: FileStorage }> {
  const s3 = createStorage({ bucket });
  const disk = new FileSystemStorage({ location: await temporaryDirectory() });
  return { s3, disk, both: fallbackStorage({ primary: s3, fallback: disk }) };
}

// The others ask nothing of a server that two disks were not asked.
const ofTwo =
  /^(?:copy|move|one of|deleteMany|list|walk gives|open gives the version|open, stat|save .* taken|save .* writers)/;

describe('a fallback storage of a bucket and a disk keeps the storage contract:', () => {
  it.each(storageContract.filter(({ title }) => ofTwo.test(title)))('$title', async (one) => {
    const { both } = await createPair();
    await both.ready?.();

    await (meetsNeeds(both, one) ? one.run(both) : undefined);
  });
});

describe('an application that reads through a bucket to a disk', () => {
  it('renames, copies and lets go of what lies on the disk, until the bucket has everything', async () => {
    const { s3, disk, both } = await createPair();
    await disk.save('old.txt', 'old');
    await disk.save('unused.txt', 'unused');
    const app = await createApp([Doc], { default: both, files: { environment: 'test' } });
    const em = app.em();
    const stored = FieldFile.stored({ storage: 'default', name: 'old.txt' });
    const doc = em.create(Doc, { name: 'a', file: stored });
    await em.flush();

    doc.file = doc.file!.copy();
    await em.flush();
    await app.files.reconcile({ olderThan: '0ms', dryRun: false });
    await app.reclaim();

    const names = async (storage: FileStorage) =>
      await Array.fromAsync(storage.walk(), ({ name }) => name);
    expect(await names(s3)).toEqual([doc.file.name]);
    expect(await names(disk)).toEqual([]);
    expect(await doc.file.text()).toBe('old');
  });
});

describe('an application that moves from a disk to a bucket', () => {
  it('takes uploads of before and after the switch, and ends on the bucket alone', async () => {
    const site = await createMovingSite(() => createStorage({ bucket, prefix: 'moving' }));
    const before = await site.before();
    await site.disk.save('old.txt', 'old');
    const granted = await before.files.createUpload(Paper, 'file', { filename: 'before.txt' });
    await site.disk.save(granted.name, 'before', asLibrary({}));
    await before.stop();
    const during = await site.during();
    const upload = await during.files.createUpload(Paper, 'file', { filename: 'after.txt' });
    await fetch(formRequest(upload.request, 'after'));

    await insert(during, {
      after: FieldFile.fromUpload(upload.token),
      before: FieldFile.fromUpload(granted.token),
      old: FieldFile.stored({ storage: 'media', name: 'old.txt' }),
    });
    await during.drain();
    await site.copyAll();
    await during.stop();
    const papers = await (await site.after()).em().find(Paper, {}, { orderBy: { title: 'asc' } });

    const texts = papers.map(async ({ title, file }) => [title, await file?.text()]);
    const saved = ['after', 'before', 'old'].map((title) => [title, title]);
    expect(await Promise.all(texts)).toEqual(saved);
    expect(await site.names()).toEqual({
      bucket: papers.map(({ file }) => String(file?.name)).toSorted(),
      disk: ['old.txt'],
    });
  });
});

/** Flushes a paper for each title. */
async function insert(app: RunningApp, papers: Record<string, FieldFile>): Promise<void> {
  const em = app.em();
  for (const [title, file] of Object.entries(papers)) em.create(Paper, { title, file });
  await em.flush();
}

describe('a copy between two buckets that count as one', () => {
  it('is made by the server', async () => {
    const [primary, fallback] = [createStorage({ bucket }), createStorage({ bucket })];
    await fallback.save('old.txt', 'old');
    const requests = requestsOf(primary);

    await fallbackStorage({ primary, fallback }).copy('old.txt', 'new.txt');

    expect(requests).toContain('CopyObject');
    expect(requests).not.toContain('PutObject');
    expect(await new Response(await primary.open('new.txt')).text()).toBe('old');
  });
});
