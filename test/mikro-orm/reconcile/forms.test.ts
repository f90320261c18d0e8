import { setTimeout as sleep } from 'node:timers/promises';
import { FileSystemStorage } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { createApp, stem, text, type App } from '../support.ts';

const Page = defineEntity({
  name: 'Page',
  embeddable: true,
  properties: (p) => ({ scan: fileField({}).nullable(), number: p.integer() }),
});

const Book = defineEntity({
  name: 'Book',
  properties: (p) => ({
    id: p.integer().primary(),
    cover: p.embedded(Page).object().nullable(),
    pages: p.embedded(Page).array().nullable(),
    index: fileField({ column: 'name', onDelete: 'reclaim' }).nullable(),
  }),
});

async function missing(app: App): Promise<string[]> {
  const report = await app.files.reconcile({ olderThan: '0ms' });
  return report.missing.map(({ name, column }) => `${stem(name)} ${column}`);
}

describe('reconcile() sees files', () => {
  it('in JSON documents, arrays of them and columns of names', async () => {
    const app = await createApp([Book]);
    const em = app.em();
    em.create(Book, {
      cover: { scan: text('cover.txt'), number: 0 },
      pages: [
        { scan: text('one.txt'), number: 1 },
        { scan: text('two.txt'), number: 2 },
      ],
      index: text('index.txt'),
    });
    await em.flush();
    await sleep(2);

    expect(await app.files.reconcile({ olderThan: '0ms' })).toMatchObject({
      objects: 4,
      references: 4,
      orphans: [],
      missing: [],
      differences: [],
    });
  });

  it('and tells where each is whose object is gone', async () => {
    const app = await createApp([Book]);
    await app.sql(
      `insert into book (cover, pages, index) values (
        '{"number": 0, "scan": {"storage": "default", "name": "a.txt"}}',
        '[{"number": 1}, {"number": 2, "scan": {"storage": "default", "name": "b.txt"}}]', 'c.txt')`,
    );

    expect(await missing(app)).toEqual([
      'a.txt public.book.cover',
      'b.txt public.book.pages',
      'c.txt public.book.index',
    ]);
  });
});

describe('an unfinished write', () => {
  it('is told once it is older than the age limit, and reclaimed when its grace is over', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory() });
    const app = await createApp([Book], { default: storage });
    const writer = storage.createWriteStream('large.bin').getWriter();
    await writer.write(new Uint8Array(5000));

    const young = await app.files.reconcile({ dryRun: false });
    await sleep(20);
    const old = await app.files.reconcile({ dryRun: false, olderThan: '1ms' });
    await app.reclaim();

    expect(young).toMatchObject({ young: 1, unfinished: [], scheduled: 0 });
    expect(old).toMatchObject({ unfinished: [{ storage: 'default' }], scheduled: 1 });
    expect(await Array.fromAsync(storage.unfinished())).toEqual([]);
    await expect(writer.close()).rejects.toThrow(/Cannot save "large\.bin"/);
  });
});
