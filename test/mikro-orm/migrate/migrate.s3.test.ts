import { FieldFile, FileSystemStorage } from '@filefield/core';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import {
  client,
  createBucket,
  createStorage,
  headOf,
  openUploads,
  requestsOf,
} from '../../s3/support.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { createSite, Note, told } from './support.ts';

const bucket = await createBucket();
const environment = 'test';
const there = { from: 'media', to: 'next' } as const;
const clean = { conflicts: [], missing: [], failed: [], problems: [] };

async function diskToBucket() {
  const disk = new FileSystemStorage({ location: await temporaryDirectory() });
  const s3 = createStorage({ bucket });
  const site = await createSite({ disk, s3 });
  return { site, s3, app: await site.first({ environment }) };
}

describe('migrate() from a disk to S3', () => {
  it('gives each object the type that its row knows, and the headers of an upload', async () => {
    const { site, s3, app } = await diskToBucket();
    const em = app.em();
    const page = new Blob(['<!doctype html><title>hi</title>'], { type: 'text/html' });
    const { file } = em.create(Note, { file: FieldFile.from(page, { filename: 'page.html' }) });
    await em.flush();

    const report = await app.files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 1, verified: 1, isComplete: true });
    expect((await s3.stat(file!.name!)).type).toBe('text/html');
    expect(await headOf(s3, file!.name!)).toMatchObject({ ContentDisposition: 'attachment' });
    expect(await site.names(site.s3)).toEqual(['page.html']);
  });

  it('copies nothing and reads nothing again once it has verified', async () => {
    const { s3, app } = await diskToBucket();
    await app.note('a.txt');
    await app.files.migrate(there);
    const requests = requestsOf(s3);

    const report = await app.files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 0, present: 1, verified: 1 });
    expect(new Set(requests)).toEqual(new Set(['GetObject', 'ListObjectsV2']));
    expect(requests.filter((request) => request === 'GetObject')).toHaveLength(1);
  });

  it('ends the uploads in parts that a killed run has left', async () => {
    const { site, s3, app } = await diskToBucket();
    const { file } = await app.note('a.txt');
    site.s3Faults.push({ operation: 'save', name: file!.name! });
    await app.files.migrate(there);
    const Key = new URL(s3.location).pathname.split('/').slice(2).join('/') + file!.name!;
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    site.s3Faults.length = 0;

    await app.files.migrate(there);

    expect(await openUploads(bucket)).toEqual([]);
  });

  it('knows compressed copies by their bytes', async () => {
    const disk = new FileSystemStorage({ location: await temporaryDirectory() });
    const site = await createSite({ disk, s3: createStorage({ bucket, gzip: true }) });
    const app = await site.first({ environment });
    await app.note('a.txt', 'again and '.repeat(1000));
    await app.files.migrate(there);

    const report = await app.files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 0, present: 1, verified: 1 });
  });
});

describe('migrate() from one bucket to another of a server', () => {
  it('copies on the server, and still compares every byte', async () => {
    const [one, two] = [createStorage({ bucket }), createStorage({ bucket: await createBucket() })];
    const site = await createSite({ disk: one, s3: two });
    const app = await site.first({ environment });
    await app.note('a.txt');
    const requests = requestsOf(two);

    const report = await app.files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 1, verified: 1, isComplete: true });
    expect(requests).toContain('CopyObject');
    expect(requests.filter((request) => request === 'PutObject')).toHaveLength(1);
  });

  it('switches rows, and back', async () => {
    const [one, two] = [createStorage({ bucket }), createStorage({ bucket: await createBucket() })];
    const site = await createSite({ disk: one, s3: two });
    const app = await site.first({ environment });
    const em = app.em();
    em.create(Note, { file: FieldFile.from('a', { filename: 'a.txt' }) });
    await em.flush();

    const forth = await app.files.migrate({ ...there, switch: 'rows' });
    const back = await app.files.migrate({ from: 'next', to: 'media', switch: 'rows' });

    expect([forth, back]).toMatchObject([
      { copied: 1, switchedRows: 1, isSettled: true },
      { copied: 0, switchedRows: 1, isSettled: true },
    ]);
  });
});
