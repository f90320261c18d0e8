import { inspect } from 'node:util';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, stream, text, type App, type AppOptions } from '../mikro-orm/support.ts';
import { Doc } from '../mikro-orm/lifecycle/entities.ts';
import {
  client,
  createBucket,
  createStorage,
  openUploads,
  pattern,
  putBare,
  requestsOf,
  sha256,
} from './support.ts';

const bucket = await createBucket();
const archive = await createBucket();

/** An application whose files are on S3, each alias in a bucket of its own. */
async function s3App(prefix?: string, files: AppOptions['files'] = {}): Promise<App> {
  const place = prefix === undefined ? {} : { prefix };
  return await createApp([Doc], {
    default: createStorage({ bucket, ...place }),
    other: createStorage({ bucket: archive, ...place }),
    files: { environment: 'test', ...files },
  });
}

const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    url: p.text(),
    file: fileField().nullable(),
  }),
});

describe('an entity whose file is on S3', () => {
  it('is adopted from the URL that another program wrote', async () => {
    const storage = createStorage({ bucket });
    const app = await createApp([Photo], { default: storage, files: { environment: 'test' } });
    await putBare(storage, 'a b.txt', Buffer.from('bytes'));
    const urls = [storage.url('a b.txt'), storage.url('gone.txt')];
    await app.sql('insert into photo (url) values (?), (?)', urls);
    const baseUrl = storage.url('x').replace(/x\?.*/, '');

    const report = await app.files.adopt(Photo, 'file', { column: 'url', baseUrl });

    expect(report).toMatchObject({ adopted: 1, bytes: 5, counts: { missing: 1 } });
    const { file } = await app.em().findOneOrFail(Photo, 1);
    expect(file).toMatchObject({ name: 'a b.txt', size: 5, sha256: await sha256('bytes') });
    expect(await (await fetch(file!.url)).text()).toBe('bytes');
    expect(JSON.stringify(report)).not.toContain('X-Amz-Signature');
  });

  it('is saved with it, and read back', async () => {
    const app = await s3App();
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt', 'bytes'), thumb: stream('t.txt', 'thumb') });
    await em.flush();

    const doc = await app.em().findOneOrFail(Doc, { name: 'a' });

    expect(doc.file).toMatchObject({ filename: 'a.txt', size: 5, type: 'text/plain' });
    expect(await doc.file!.text({ verify: true })).toBe('bytes');
    expect(await doc.thumb!.text({ verify: true })).toBe('thumb');
    expect(await (await fetch(doc.file!.url)).text()).toBe('bytes');
    expect(await app.reclaim()).toEqual(['a.txt', 't.txt']);
  });

  it('takes large files, in parts', async () => {
    const app = await s3App();
    const em = app.em();
    const bytes = pattern(20 * 1024 * 1024);

    const doc = em.create(Doc, { name: 'a', file: FieldFile.from(bytes, { filename: 'a.bin' }) });
    await em.flush();

    expect(doc.file!.sha256).toBe(await sha256(bytes));
    expect(await sha256(doc.file!.stream({ verify: true }))).toBe(doc.file!.sha256);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('lets go of the old object when it gets another', async () => {
    const app = await s3App();
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('old.txt') });
    await em.flush();

    doc.file = text('new.txt');
    await em.flush();

    expect(await app.objects()).toEqual(['new.txt', 'old.txt']);
    expect(await app.reclaim()).toEqual(['new.txt']);
    expect(await doc.file.text({ verify: true })).toBe('new.txt');
  });

  it('takes it along when it is removed', async () => {
    const app = await s3App();
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt'), thumb: text('t.txt') });
    await em.flush();

    await em.remove(doc).flush();

    expect(await app.objects()).toEqual(['a.txt', 't.txt']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('keeps nothing of a transaction that is rolled back, and the old file', async () => {
    const app = await s3App();
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('old.txt') });
    await em.flush();

    const work = app.em().transactional(async (inner) => {
      const doc = await inner.findOneOrFail(Doc, { name: 'a' });
      doc.file = text('new.txt');
      await inner.flush();
      throw new Error('the user changed their mind');
    });

    await expect(work).rejects.toThrow('the user changed their mind');
    expect(await app.reclaim()).toEqual(['old.txt']);
    const doc = await app.em().findOneOrFail(Doc, { name: 'a' });
    expect(await doc.file!.text({ verify: true })).toBe('old.txt');
  });

  it('keeps nothing of an upload whose source fails', async () => {
    const app = await s3App();
    const em = app.em();
    const source = (async function* () {
      yield pattern(9 * 1024 * 1024);
      throw new Error('the connection is gone');
    })();
    em.create(Doc, { name: 'a', file: FieldFile.from(source, { filename: 'a.bin' }) });

    await expect(em.flush()).rejects.toThrow('the connection is gone');

    expect(await app.reclaim()).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });
});

describe('a file on S3', () => {
  it('goes the way of the session that django-storages shows', async () => {
    const app = await s3App();
    const em = app.em();
    const docs = ['one', 'two'].map((name) => em.create(Doc, { name }));
    await em.flush();
    const [first, second] = docs.map((doc) => app.files.field(doc, 'file'));
    expect(() => first!.size).toThrow("The 'file' attribute has no file associated with it.");

    await first!.save('test.txt', 'content');
    await second!.save('test.txt', 'more content');

    const [one, two] = docs.map(({ file }) => file!);
    const cached = app.files.fromRow(JSON.parse(JSON.stringify(one!.toRow())));
    expect([inspect(one), one!.size]).toEqual([`<FieldFile: ${one!.name}>`, 7]);
    expect(await Array.fromAsync(two!.chunks(4), (chunk) => Buffer.from(chunk).toString())).toEqual(
      ['more', ' con', 'tent'],
    );
    expect([await one!.text(), await cached.text()]).toEqual(['content', 'content']);
    await first!.delete();
    await second!.delete();
    expect(await app.reclaim()).toEqual([]);
  });

  it('tells its URL, size and type without a request, on a page of a hundred rows too', async () => {
    const storage = createStorage({ bucket });
    const app = await createApp([Doc], { default: storage, files: { environment: 'test' } });
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt', 'bytes') });
    await em.flush();
    await app.sql(
      `insert into doc (name, file) select 'n' || n, file from doc, generate_series(1, 99) n`,
    );
    const requests = requestsOf(storage);

    const docs = await app.em().find(Doc, {});

    const told = docs.map(({ file }) => `${file?.size} ${file?.type} ${file?.url.slice(0, 4)}`);
    expect(told).toEqual(Array.from({ length: 100 }, () => '5 text/plain http'));
    expect(requests).toEqual([]);
  });

  it('is not believed when somebody has changed its bytes', async () => {
    const app = await s3App('changed/');
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt', 'bytes') });
    await em.flush();

    const Key = `changed/${doc.file!.name}`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'other' }));

    expect(await doc.file!.text()).toBe('other');
    await expect(doc.file!.text({ verify: true })).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
});

describe('the requests to S3', () => {
  it('are one for each file of a flush', async () => {
    const storage = createStorage({ bucket });
    const app = await createApp([Doc], { default: storage, files: { environment: 'test' } });
    const requests = requestsOf(storage);
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt') });
    em.create(Doc, { name: 'b', file: stream('b.txt') });

    await em.flush();

    expect(requests).toEqual(['PutObject', 'PutObject']);
  });

  it('are two for all files of a batch that is reclaimed, and a look at the owner before each batch', async () => {
    const storage = createStorage({ bucket });
    const app = await createApp([Doc], { default: storage, files: { environment: 'test' } });
    const em = app.em();
    for (const name of ['a', 'b', 'c']) em.create(Doc, { name, file: text(`${name}.txt`) });
    await em.flush();
    await app.em().nativeDelete(Doc, {});
    const requests = requestsOf(storage);

    await app.files.worker.drain();

    const batches = [['GetObject', 'ListMultipartUploads', 'DeleteObjects'], ['GetObject']];
    expect(requests).toEqual(batches.flat());
  });
});

describe('two databases on one bucket', () => {
  it('that are two deployments: staging with the dump of production deletes nothing', async () => {
    const prefix = 'shared/';
    const production = await s3App(prefix, { environment: 'prod' });
    const em = production.em();
    em.create(Doc, { name: 'kept', file: text('kept.txt') });
    em.create(Doc, { name: 'gone', file: text('gone.txt') });
    // The location belongs to who uploads there first; nobody has reclaimed anything yet.
    await em.flush();
    const staging = await s3App(prefix, { environment: 'staging' });
    for (const table of ['doc', 'file_journal']) {
      const rows = await production.sql(`select to_jsonb(t) as row from ${table} t`);
      await staging.sql(`delete from ${table}`);
      for (const { row } of rows) {
        await staging.sql(
          `insert into ${table} overriding system value select (jsonb_populate_record(null::${table}, ?)).*`,
          [JSON.stringify(row)],
        );
      }
    }

    await staging.sql(`delete from doc where name = 'gone'`);
    await staging.sql(`update file_journal set due_at = now() where due_at < 'infinity'`);
    const report = await staging.files.worker.drain();

    expect(report.reclaimed).toBe(0);
    expect(report.problems).toEqual([expect.stringContaining('belongs to another environment')]);
    expect(await production.objects()).toEqual(['gone.txt', 'kept.txt']);
  });

  it('are told apart by the owner that is written below the prefix', async () => {
    const app = await s3App('owned/', { environment: 'prod' });
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await app.sql(`delete from doc`);
    await app.reclaim();

    const Key = 'owned/.filefield/owner';
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));

    expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({
      environment: 'prod',
    });
  });
});
