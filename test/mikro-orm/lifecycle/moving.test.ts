import { Readable } from 'node:stream';
import { FieldFile } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { text } from '../support.ts';
import { createMovingSite, Paper, type MovingSite, type RunningApp } from './moving-site.ts';

/** Writes rows whose files have their titles as bytes; the objects that these lie under. */
async function write(app: RunningApp, ...titles: string[]): Promise<string[]> {
  const em = app.em();
  const papers = titles.map((title) =>
    em.create(Paper, { title, file: text(`${title}.txt`, title) }),
  );
  await em.flush();
  return papers.map(({ file }) => file!.name!);
}

/** Changes the file of a row. */
async function change(
  app: RunningApp,
  title: string,
  to: (file: FieldFile) => FieldFile | null,
): Promise<FieldFile | null> {
  const em = app.em();
  const paper = await em.findOneOrFail(Paper, { title });
  paper.file = to(paper.file!);
  await em.flush();
  return paper.file;
}

/** The bytes of every row’s file, checked, by title. */
async function contents(app: RunningApp): Promise<Record<string, string | undefined>> {
  const papers = await app.em().find(Paper, {}, { orderBy: { title: 'asc' } });
  const texts = papers.map(async ({ title, file }) => [
    title,
    // Nobody counted the checksum of what a browser sent.
    file?.sha256 === undefined ? await file?.text() : await file.text({ verify: true }),
  ]);
  return Object.fromEntries(await Promise.all(texts));
}

/** What a browser sends to where the application takes uploads. */
async function send(app: RunningApp, url: string, bytes: string): Promise<void> {
  const token = new URL(url, 'http://site').searchParams.get('grant') ?? '';
  const { uploads } = app.storages.get('media');
  const grant = uploads?.read(token);
  if (typeof grant !== 'object') throw new Error(`the grant is ${grant}`);
  await uploads?.put(grant, Readable.from([Buffer.from(bytes)]));
}

/** Names of the objects that no row refers to, and of the rows without an object, wherever they are. */
async function lost(
  site: MovingSite,
  app: RunningApp,
): Promise<{ leaked: string[]; gone: string[] }> {
  const { bucket, disk } = await site.names();
  const rows = await app.sql<{ name: string }>(
    `select file ->> 'name' as name from paper where file is not null`,
  );
  const [objects, names] = [new Set([...bucket, ...disk]), new Set(rows.map(({ name }) => name))];
  return {
    leaked: [...objects].filter((name) => !names.has(name)),
    gone: [...names].filter((name) => !objects.has(name)),
  };
}

describe('an application whose files move while it is in use', () => {
  it('reads, replaces, renames, copies and deletes what lies where it was', async () => {
    const site = await createMovingSite();
    const before = await site.before();
    await write(before, 'copied', 'deleted', 'emptied', 'kept', 'renamed', 'replaced');
    await before.stop();
    const app = await site.during();

    const found = await contents(app);
    await change(app, 'replaced', () => text('new.txt', 'new'));
    await change(app, 'renamed', (file) => file.renamed('again.txt'));
    await change(app, 'emptied', () => null);
    await app.em().nativeDelete(Paper, { title: 'deleted' });
    const { file } = await app.em().findOneOrFail(Paper, { title: 'copied' });
    const em = app.em();
    em.create(Paper, { title: 'copy', file: file!.copy() });
    await em.flush();
    await app.drain();

    expect(Object.entries(found).every(([title, bytes]) => title === bytes)).toBe(true);
    expect(await contents(app)).toEqual({
      copied: 'copied',
      copy: 'copied',
      emptied: undefined,
      kept: 'kept',
      renamed: 'renamed',
      replaced: 'new',
    });
    expect(await lost(site, app)).toEqual({ leaked: [], gone: [] });
    expect((await site.names()).disk).toHaveLength(2);
  });

  it('executes what the journal listed before the switch, at both places', async () => {
    const site = await createMovingSite();
    const before = await site.before();
    const [kept] = await write(before, 'kept', 'released');
    await before.files.stage(Paper, 'file', text('staged.txt'));
    await before.em().nativeDelete(Paper, { title: 'released' });
    await before.stop();
    await site.copyAll();
    const app = await site.during();

    const report = await app.drain();

    expect(report).toMatchObject({ reclaimed: 2, problems: [] });
    expect(await site.names()).toEqual({ bucket: [kept], disk: [kept] });
    expect(await app.reconcile()).toMatchObject({ objects: 1, orphans: [], missing: [] });
  });

  it('takes what a browser sent, or sends after the switch, with a grant of before', async () => {
    const site = await createMovingSite();
    const before = await site.before();
    const announce = async () =>
      await before.files.createUpload(Paper, 'file', { filename: 'me.txt' });
    const [sent, late, dropped] = [await announce(), await announce(), await announce()];
    await send(before, sent.request.url, 'sent');
    await send(before, dropped.request.url, 'dropped');
    await before.stop();
    const app = await site.during();

    await send(app, late.request.url, 'late');
    const em = app.em();
    em.create(Paper, { title: 'late', file: FieldFile.fromUpload(late.token) });
    em.create(Paper, { title: 'sent', file: FieldFile.fromUpload(sent.token) });
    await em.flush();
    await app.drain();

    expect(await contents(app)).toEqual({ late: 'late', sent: 'sent' });
    expect(await lost(site, app)).toEqual({ leaked: [], gone: [] });
    expect((await site.names()).disk).toEqual([]);
  });

  it('takes an upload that it granted itself', async () => {
    const site = await createMovingSite();
    const app = await site.during();

    const { request, token } = await app.files.createUpload(Paper, 'file', { filename: 'me.txt' });
    await send(app, request.url, 'sent');
    const em = app.em();
    em.create(Paper, { title: 'sent', file: FieldFile.fromUpload(token) });
    await em.flush();
    await app.drain();

    expect(await contents(app)).toEqual({ sent: 'sent' });
    expect(await lost(site, app)).toEqual({ leaked: [], gone: [] });
  });

  it('finds orphans and missing objects at both places, each once', async () => {
    const site = await createMovingSite();
    const app = await site.during();
    const [name, gone] = await write(app, 'a', 'gone');
    await site.disk.save('only/disk.txt', 'x');
    await site.disk.save('both.txt', 'older');
    await site.bucket.save('both.txt', 'x');
    await site.disk.save(name!, 'another size');
    await site.bucket.delete(gone!);

    const report = await app.reconcile();
    await app.files.reconcile({ olderThan: '0ms', dryRun: false });
    await app.drain();

    expect(report).toMatchObject({
      objects: 3,
      orphans: [{ name: 'both.txt', storage: 'media', size: 1 }, { name: 'only/disk.txt' }],
      missing: [{ name: gone }],
      differences: [],
      problems: [],
    });
    expect(await lost(site, app)).toEqual({ leaked: [], gone: [gone] });
  });

  it('reads everything from the bucket alone once it was copied, and leaks nothing', async () => {
    const site = await createMovingSite();
    const before = await site.before();
    await write(before, 'a', 'b', 'c');
    await before.stop();
    const during = await site.during();
    await write(during, 'd');
    await site.copyAll();
    await during.em().nativeDelete(Paper, { title: 'c' });
    await during.drain();
    await during.stop();

    const app = await site.after();
    const found = await contents(app);
    const { missing, orphans } = await app.files.reconcile({
      olderThan: '0ms',
      aliases: ['media'],
    });

    expect(found).toEqual({ a: 'a', b: 'b', d: 'd' });
    expect({ missing, orphans }).toEqual({ missing: [], orphans: [] });
    expect((await site.names()).bucket).toHaveLength(3);
  });

  it('reports what was listed on the disk once its alias means the bucket alone', async () => {
    const site = await createMovingSite();
    const before = await site.before();
    await before.files.stage(Paper, 'file', text('staged.txt'));
    await before.stop();

    const app = await site.after();
    const report = await app.drain();

    expect(report).toMatchObject({
      reclaimed: 0,
      problems: [expect.stringContaining('the alias meant another place when they were written')],
    });
    expect((await site.names()).disk).toHaveLength(1);
  });
});

describe('a file that lies in the fallback', () => {
  it('is copied to a field whose storage is the primary alone', async () => {
    const site = await createMovingSite();
    const before = await site.before();
    await write(before, 'a');
    await before.stop();
    const during = await site.during();
    const em = during.em();
    const paper = await em.findOneOrFail(Paper, { title: 'a' });

    paper.scan = paper.file!.copy();
    await em.flush();

    expect(await paper.scan.text({ verify: true })).toBe('a');
    expect((await site.names()).bucket).toEqual([paper.scan.name]);
  });
});
