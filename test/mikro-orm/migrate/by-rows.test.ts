import { randomBytes } from 'node:crypto';
import { fileField, workerGrants } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failPoints, type FailPointHook } from '../../../packages/mikro-orm/src/fail-points.ts';
import { outcome, text } from '../support.ts';
import { createSite, told } from './support.ts';

const Picture = defineEntity({
  name: 'Picture',
  embeddable: true,
  properties: (p) => ({
    caption: p.string(),
    pic: fileField({ storage: 'media' }).nullable(),
  }),
});

const Page = defineEntity({
  name: 'Page',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().default(''),
    file: fileField({ storage: 'media' }).nullable(),
    cover: () => p.embedded(Picture).object().nullable(),
    gallery: () => p.embedded(Picture).array().nullable(),
  }),
});

const Named = defineEntity({
  name: 'Named',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ storage: 'media', column: 'name' }).nullable(),
  }),
});

const clean = { conflicts: [], missing: [], failed: [], problems: [] };
const rows = { from: 'media', to: 'next', switch: 'rows' } as const;

async function pageSite() {
  const site = await createSite({ entities: [Page] });
  const app = await site.first();
  const em = app.em();
  const page = em.create(Page, {
    file: text('a.txt'),
    cover: { caption: 'one', pic: text('b.txt') },
    gallery: [
      { caption: 'two', pic: text('c.txt') },
      { caption: 'none', pic: null },
      { caption: 'three', pic: text('d.txt') },
    ],
  });
  await em.flush();
  return { site, app, em, page };
}

const aliases = `select (select jsonb_agg(v order by v) from (select file ->> 'storage' from page union all
  select cover #>> '{pic,storage}' from page union all
  select j ->> 'storage' from page, jsonb_path_query(gallery, '$[*]."pic"') j where j <> 'null') x (v)) as aliases`;

describe('migrate({ switch: "rows" })', () => {
  it('copies what rows refer to, replaces the alias in columns and documents, and keeps the origins', async () => {
    const { site, app } = await pageSite();
    await site.disk.save('orphan.txt', 'nobody knows me');

    const report = await app.files.migrate(rows);

    expect(told(report)).toMatchObject({
      ...clean,
      copied: 4,
      verified: 4,
      held: 4,
      remainingRows: 0,
    });
    expect(report).toMatchObject({ isComplete: true, isSettled: true, switchedRows: 3 });
    expect(await site.sql(aliases)).toEqual([{ aliases: ['next', 'next', 'next', 'next'] }]);
    expect(await site.names(site.s3)).toEqual(['a.txt', 'b.txt', 'c.txt', 'd.txt']);
    expect(await site.journal()).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `${name}.txt media kept held`),
    );
  });

  it('changes nothing else of a document, numbers to their last digit included', async () => {
    const { site, app } = await pageSite();
    const odd = `'{"n": 1.10, "big": 12345678901234567890.12345678901234567890, "deep": {"storage": "media"}}'`;
    await site.sql(
      `update page set gallery = jsonb_set(gallery, '{1,odd}', ${odd}), cover = jsonb_set(cover, '{odd}', ${odd})`,
    );
    const others = `select (gallery #- '{0,pic,storage}' #- '{2,pic,storage}')::text || (cover #- '{pic,storage}')::text as rest from page`;
    const before = await site.sql(others);

    await app.files.migrate(rows);

    expect(await site.sql(others)).toEqual(before);
    expect(JSON.stringify(before)).toContain('12345678901234567890.12345678901234567890');
  });

  it('is undone by itself in the other direction, and nothing is copied for that', async () => {
    const { site, app } = await pageSite();
    await app.files.migrate(rows);

    const back = await app.files.migrate({ from: 'next', to: 'media', switch: 'rows' });

    expect(told(back)).toMatchObject({ ...clean, copied: 0, switchedRows: 3, held: 4 });
    expect(await site.sql(aliases)).toEqual([{ aliases: ['media', 'media', 'media', 'media'] }]);
    expect(await site.journal()).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `${name}.txt next kept held`),
    );
  });

  it('deletes the origins when asked, in the same run or a later one', async () => {
    const { site, app } = await pageSite();
    await app.files.migrate(rows);

    const { scheduled, held } = await app.files.migrate({ ...rows, deleteSource: true });

    expect({ scheduled, held }).toEqual({ scheduled: 4, held: 0 });
    await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
    await app.files.worker.drain();
    expect({ disk: await site.names(site.disk), s3: await site.names(site.s3) }).toEqual({
      disk: [],
      s3: ['a.txt', 'b.txt', 'c.txt', 'd.txt'],
    });
    expect(await site.journal()).toEqual([]);
  });

  it('schedules nothing whose copy is not equal any more', async () => {
    const { site, app, page } = await pageSite();
    const { name = '' } = page.file!;
    await app.files.migrate(rows);
    await site.s3.save(name, 'A.TXT', { ifExists: 'overwrite' });

    const report = await app.files.migrate({ ...rows, deleteSource: true });

    expect(report).toMatchObject({ scheduled: 0, isComplete: false, conflicts: [{ name }] });
  });

  it('leaves a row alone that holds another file by then, and schedules the copy', async () => {
    const { site, em, page } = await pageSite();
    page.file = text('new.txt');
    const hook: FailPointHook = async (point, phase) => {
      if (point === 'switch' && phase === 'before') await em.flush();
    };
    const app = await site.first({ [failPoints]: hook });

    const report = await app.files.migrate(rows);

    expect(report).toMatchObject({ ...clean, switchedRows: 3, remainingRows: 0 });
    expect(await site.journal()).toContain('a.txt next released due');
    expect(await site.journal()).toContain('a.txt media released later');
    expect(await site.sql(aliases)).toEqual([{ aliases: ['next', 'next', 'next', 'next'] }]);
  });

  it('tells a row whose file is gone and switches the others', async () => {
    const { site, app, page } = await pageSite();
    await site.disk.delete(page.file!.name!);

    const report = await app.files.migrate(rows);

    expect(report).toMatchObject({
      missing: [{ name: page.file!.name, column: 'public.page.file' }],
      switchedRows: 2,
      remainingRows: 1,
      isComplete: false,
    });
  });

  it('copies nothing where a column holds names alone', async () => {
    const site = await createSite({ entities: [Page, Named] });
    const app = await site.first();
    const em = app.em();
    em.create(Page, { file: text('a.txt') });
    em.create(Named, { file: text('b.txt') });
    await em.flush();

    const report = await app.files.migrate(rows);

    expect(report).toMatchObject({ copied: 0, remainingRows: 2, isComplete: false });
    expect(report.problems).toEqual([
      'Cannot switch rows of "public"."named": "file" holds names alone and its alias is the declaration\'s, switch by configuration',
    ]);
  });

  it('copies nothing where the role may not update a table', async () => {
    const { site } = await pageSite();
    const role = `filefield_role_${randomBytes(6).toString('hex')}`;
    await site.sql(`create role ${role} login password 'x'`);
    onTestFinished(async () => void (await site.sql(`drop owned by ${role}; drop role ${role}`)));
    for (const grant of workerGrants({ role, tables: [{ name: 'page' }] })) await site.sql(grant);
    const app = await site.first({}, { user: role, password: 'x' });

    const report = await app.files.migrate(rows);

    expect(report).toMatchObject({ copied: 0, isComplete: false });
    expect(report.problems).toContain(
      'Cannot switch rows of "public"."page": the role lacks UPDATE on "file"',
    );
  });

  it('would copy and switch as a dry run says, which writes nothing', async () => {
    const { site, app } = await pageSite();

    const report = await app.files.migrate({ ...rows, dryRun: true });

    expect(told(report)).toMatchObject({
      objects: 4,
      copied: 4,
      remainingRows: 4,
      switchedRows: 0,
    });
    expect(await site.journal()).toEqual([]);
    expect(await site.names(site.s3)).toEqual([]);
  });
});

describe('an entity that was loaded before its row was switched', () => {
  it('is flushed with other properties, and stays switched', async () => {
    const { site, app, em, page } = await pageSite();
    await app.files.migrate(rows);

    page.title = 'later';
    await em.flush();

    expect(await site.sql(`select title, file ->> 'storage' as alias from page`)).toEqual([
      { title: 'later', alias: 'next' },
    ]);
  });

  it('takes another file, and the copy is let go of', async () => {
    const { site, app, em, page } = await pageSite();
    await app.files.migrate(rows);

    page.file = text('new.txt');
    await em.flush();

    expect(await site.journal()).toContain('a.txt next released later');
    expect(await site.journal()).toContain('a.txt media kept held');
  });

  it('refuses to rename, because its row holds another file', async () => {
    const { app, em, page } = await pageSite();
    await app.files.migrate(rows);

    page.file = page.file!.renamed('b.txt');

    expect(await outcome(em.flush())).toBe('FileChangedError');
  });

  it('is deleted with its copies', async () => {
    const { site, app, em, page } = await pageSite();
    await app.files.migrate(rows);

    await em.remove(page).flush();

    expect((await site.journal()).filter((line) => line.includes('next'))).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `${name}.txt next released later`),
    );
  });

  it('is read from the old place as long as that is kept', async () => {
    const { app, page } = await pageSite();
    await app.files.migrate(rows);

    expect(await page.file!.text()).toBe('a.txt');
  });
});
