import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FileExistsError, FileSystemStorage } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { createApp, outcome, stream, text } from '../support.ts';
import { Doc } from './docs.ts';
import type { Naming } from './naming-process.ts';

describe("naming: 'django'", () => {
  it('takes the name as it is where it is free', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { django: text('My report (1).txt') });

    await em.flush();

    expect(doc.django!.name).toBe('docs/My_report_1.txt');
    expect(doc.django!.filename).toBe('My report (1).txt');
  });

  it('adds seven characters where an object has the name', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('docs/a.tar.gz', 'of another program');
    const em = app.em();
    const doc = em.create(Doc, { django: text('a.tar.gz', 'x') });

    await em.flush();

    expect(doc.django!.name).toMatch(/^docs\/a_[0-9A-Za-z]{7}\.tar\.gz$/);
    expect(await doc.django!.text()).toBe('x');
  });

  it('gives two files of one flush two names', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const [one, two] = ['1', '2'].map((bytes) => em.create(Doc, { django: text('a.txt', bytes) }));

    await em.flush();

    const names = [one, two].map((doc) => doc!.django!.toString()).toSorted();
    expect(names).toEqual(['docs/a.txt', expect.stringMatching(/^docs\/a_\w{7}\.txt$/)]);
    expect([await one!.django!.text(), await two!.django!.text()]).toEqual(['1', '2']);
  });

  it.each([
    { state: 'scheduled', sql: 'state = 0' },
    { state: 'being deleted', sql: 'state = 1' },
    { state: 'deleted', sql: 'state = 2' },
    { state: 'held', sql: `due_at = 'infinity'` },
  ])('adds them where the journal lists the name as $state', async ({ sql }) => {
    const app = await createApp([Doc]);
    await app.sql(`insert into file_journal (storage, name) values ('default', 'docs/a.txt')`);
    await app.sql(`update file_journal set ${sql}`);
    const em = app.em();
    const doc = em.create(Doc, { django: text('a.txt') });

    await em.flush();

    expect(doc.django!.name).toMatch(/^docs\/a_\w{7}\.txt$/);
  });

  it('gives a stream that is read once a suffix from the start', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { django: stream('a.txt') });

    await em.flush();

    expect(doc.django!.name).toMatch(/^docs\/a_\w{7}\.txt$/);
    expect(await doc.django!.text()).toBe('a.txt');
  });

  it('uses the name again once its object is gone and no longer barred', async () => {
    const Paper = defineEntity({
      name: 'Paper',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField({ column: 'name', naming: 'django', onReplace: 'reclaim' }).nullable(),
      }),
    });
    const app = await createApp([Paper]);
    const em = app.em();
    const paper = em.create(Paper, { file: text('a.txt', '1') });
    await em.flush();
    paper.file = null;
    await em.flush();
    expect(await app.reclaim()).toEqual([]);
    paper.file = text('a.txt', '2');
    await em.flush();
    expect(paper.file.name).toMatch(/^a_\w{7}\.txt$/);
    await app.sql('update file_journal set due_at = now() where state = 2');
    await app.files.worker.drain();

    paper.file = text('a.txt', '3');
    await em.flush();

    expect(paper.file.name).toBe('a.txt');
    expect(await paper.file.text()).toBe('3');
  });

  it('keeps within maxLength, suffix included', async () => {
    const Paper = defineEntity({
      name: 'Paper',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField({ column: 'name', naming: 'django', maxLength: 32 }).nullable(),
      }),
    });
    const app = await createApp([Paper]);
    const em = app.em();
    const papers = ['1', '2'].map((bytes) =>
      em.create(Paper, { file: text(`${'long'.repeat(10)}.txt`, bytes) }),
    );

    await em.flush();

    expect(papers.map(({ file }) => file!.name!.length)).toEqual([32, 32]);
    expect(new Set(papers.map(({ file }) => file!.name)).size).toBe(2);
  });

  it('takes another name when a foreign object appears just before the upload', async () => {
    const app = await createApp([Doc]);
    const error = new FileExistsError('save', { storage: 'default', name: 'docs/a.txt' });
    app.faults.push({ operation: 'save', call: 1, error });
    const em = app.em();
    const doc = em.create(Doc, { django: text('a.txt') });

    await em.flush();

    expect(doc.django!.isPending).toBe(false);
    expect(await app.journal()).toEqual([]);
    expect(await doc.django!.text()).toBe('a.txt');
  });

  it('works in a JSON column too', async () => {
    const Paper = defineEntity({
      name: 'Paper',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField({ naming: 'django', uploadTo: 'papers/' }).nullable(),
      }),
    });
    const app = await createApp([Paper]);
    const em = app.em();
    const papers = ['1', '2'].map((bytes) => em.create(Paper, { file: text('a.txt', bytes) }));

    await em.flush();

    expect(papers.map(({ file }) => file!.toString()).toSorted()).toEqual([
      'papers/a.txt',
      expect.stringMatching(/^papers\/a_\w{7}\.txt$/),
    ]);
  });
});

describe('several processes that upload one filename at once', () => {
  it('all get a name of their own, with their own bytes under it', async () => {
    const location = await temporaryDirectory();
    const app = await createApp([Doc], { default: new FileSystemStorage({ location }) });
    const script = join(import.meta.dirname, 'naming-process.ts');
    const run = async (title: string): Promise<unknown> => {
      const naming: Naming = { connection: app.database.connection, location, title };
      return promisify(execFile)(process.execPath, [script, JSON.stringify(naming)]);
    };

    const outcomes = await Promise.all(['a', 'b', 'c'].map((title) => outcome(run(title))));

    const docs = await app.em().find(Doc, {}, { orderBy: { id: 1 } });
    const bytes = await Promise.all(docs.map(({ django }) => django!.text()));
    expect(outcomes).toEqual(['ok', 'ok', 'ok']);
    expect(docs).toHaveLength(30);
    expect(new Set(docs.map(({ django }) => django!.name)).size).toBe(30);
    expect(bytes).toEqual(docs.map(({ title }) => title));
    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toHaveLength(30);
  });
});
