import { createHash } from 'node:crypto';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it, vi } from 'vitest';
import { createApp, text } from '../support.ts';

const Picture = defineEntity({
  name: 'Picture',
  embeddable: true,
  properties: (p) => ({ title: p.string().nullable(), file: fileField().nullable() }),
});

const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().nullable(),
    cover: fileField().nullable(),
    back: p.embedded(Picture).nullable(),
    page: p.embedded(Picture).object().nullable(),
    pages: p.embedded(Picture).array(),
    legacy: fileField({ column: 'name' }).nullable(),
  }),
});

const known = { size: 1, type: 'text/plain', sha256: sha256('a') };

function sha256(bytes: string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An application whose objects a, b and c hold their own names, and one album with these columns. */
async function albumWith(columns: Record<string, unknown>) {
  const app = await createApp([Album]);
  for (const name of ['a', 'b', 'c']) await app.storage.save(`${name}.txt`, name);
  const names = Object.keys({ pages: [], ...columns });
  const values = Object.values({ pages: [], ...columns }).map((value) => JSON.stringify(value));
  await app.sql(
    `insert into album (${names.join()}) values (${names.map(() => '?').join()})`,
    values,
  );
  const column = async (name: string) =>
    (await app.sql(`select ${name} as value from album`))[0]?.['value'];
  return { ...app, column };
}

const bare = (name: string) => ({ storage: 'default', name });

describe('backfill() fills in size, type and SHA-256', () => {
  it('where the row tells none of them, and touches nothing else of it', async () => {
    const app = await albumWith({
      cover: { ...bare('a.txt'), metadata: { by: 'me' } },
      title: 'x',
    });

    const report = await app.files.backfill(Album, 'cover');

    expect(report).toMatchObject({ rows: 1, filled: 1, bytes: 1, isComplete: true });
    expect(await app.column('cover')).toEqual({
      ...bare('a.txt'),
      metadata: { by: 'me' },
      ...known,
    });
  });

  it('where only the checksum is missing; the type that the row tells stays', async () => {
    const app = await albumWith({ cover: { ...bare('a.txt'), size: 1, type: 'text/x-own' } });

    await app.files.backfill(Album, 'cover');

    expect(await app.column('cover')).toEqual({ ...bare('a.txt'), ...known, type: 'text/x-own' });
  });

  it('without the checksum where none is wanted, and reads no object', async () => {
    const app = await albumWith({ cover: bare('a.txt') });
    app.storage.forgetCalls();

    await app.files.backfill(Album, 'cover', { checksum: false });

    expect(await app.column('cover')).toEqual({ ...bare('a.txt'), size: 1, type: 'text/plain' });
    expect(app.storage.calls.map(({ operation }) => operation)).toEqual(['stat']);
  });

  it('but for the checksum of an object that the row does not own: it may be exchanged', async () => {
    const app = await albumWith({ cover: { ...bare('a.txt'), owned: false } });

    const { isComplete } = await app.files.backfill(Album, 'cover');

    expect(isComplete).toBe(true);
    expect(await app.column('cover')).not.toHaveProperty('sha256');
    expect(await app.files.backfill(Album, 'cover')).toMatchObject({ rows: 0 });
  });

  it.each<[what: string, columns: object, field: string, column: string, found: unknown]>([
    ['an embeddable', { back_file: bare('a.txt') }, 'back.file', 'back_file', known],
    [
      'a JSON document',
      { page: { title: 'one', file: bare('a.txt') } },
      'page.file',
      'page',
      { title: 'one', file: { ...bare('a.txt'), ...known } },
    ],
    [
      'an array in a JSON document',
      { pages: [{ file: bare('a.txt') }, { file: null }, { title: 'x', file: bare('b.txt') }] },
      'pages.file',
      'pages',
      [{ file: known }, { file: null }, { title: 'x', file: { ...known, sha256: sha256('b') } }],
    ],
  ])('in %s', async (_what, columns, field, column, found) => {
    const app = await albumWith({ ...columns });

    const { isComplete } = await app.files.backfill(Album, field as 'page.file');

    expect(isComplete).toBe(true);
    expect(await app.column(column)).toMatchObject(found as object);
    expect(await app.files.backfill(Album, field as 'page.file')).toMatchObject({ rows: 0 });
  });

  it('in a dry run nowhere', async () => {
    const app = await albumWith({ cover: bare('a.txt') });

    const report = await app.files.backfill(Album, 'cover', { dryRun: true });

    expect(report).toMatchObject({ dryRun: true, filled: 1, bytes: 1, isComplete: false });
    expect(await app.column('cover')).toEqual(bare('a.txt'));
  });

  it('without an effect on the journal', async () => {
    const app = await albumWith({ cover: bare('a.txt'), pages: [{ file: bare('b.txt') }] });
    await app.files.backfill(Album, 'cover');
    await app.files.backfill(Album, 'pages.file');

    expect(await app.journal()).toEqual([]);
  });
});

describe('backfill() leaves', () => {
  it('a file that was replaced meanwhile', async () => {
    const app = await albumWith({ cover: bare('a.txt') });
    app.faults.push({ operation: 'stat', effect: 'hang' });
    app.storage.forgetCalls();
    const run = app.files.backfill(Album, 'cover');
    await vi.waitFor(() => expect(app.storage.calls).toHaveLength(1), 20_000);
    await app.sql(`update album set cover = ?`, [JSON.stringify(bare('b.txt'))]);

    app.storage.release();

    expect(await run).toMatchObject({ filled: 0, overtaken: 1, isComplete: false });
    expect(await app.column('cover')).toEqual(bare('b.txt'));
  });

  it('a file that has moved in its array meanwhile', async () => {
    const app = await albumWith({ pages: [{ file: bare('a.txt') }] });
    app.faults.push({ operation: 'stat', effect: 'hang' });
    app.storage.forgetCalls();
    const run = app.files.backfill(Album, 'pages.file');
    await vi.waitFor(() => expect(app.storage.calls).toHaveLength(1), 20_000);
    await app.sql(`update album set pages = '[{"file":null}]' || pages`);

    app.storage.release();

    expect(await run).toMatchObject({ overtaken: 1 });
    expect(await app.column('pages')).toEqual([{ file: null }, { file: bare('a.txt') }]);
  });

  it.each<[what: string, cover: object, kind: string, reason: string]>([
    ['whose object is gone', bare('gone.txt'), 'missing', 'no such file'],
    ['in an unknown storage', { storage: 'attic', name: 'a' }, 'storage', 'storage "attic" is not'],
    [
      'whose object has another size',
      { ...bare('a.txt'), size: 9 },
      'changed',
      'the object has 1 bytes, the row says 9',
    ],
    [
      'whose object has other bytes, where only the type is missing',
      { ...bare('a.txt'), size: 1, sha256: sha256('b') },
      'changed',
      'its sha256 differs',
    ],
  ])('a file %s, and tells it', async (_what, cover, kind, reason) => {
    const app = await albumWith({ cover });

    const { problems } = await app.files.backfill(Album, 'cover');

    expect(problems).toMatchObject([
      { key: { id: '1' }, kind, reason: expect.stringContaining(reason) },
    ]);
    expect(await app.column('cover')).toEqual(cover);
  });

  it('what was flushed: it tells everything', async () => {
    const app = await createApp([Album]);
    const em = app.em();
    em.create(Album, { cover: text('a.txt'), pages: [{ file: text('b.txt') }] });
    await em.flush();

    expect(await app.files.backfill(Album, 'cover')).toMatchObject({ rows: 0 });
    expect(await app.files.backfill(Album, 'pages.file')).toMatchObject({ rows: 0 });
  });

  it('fields that keep names alone', async () => {
    const { files } = await createApp([Album]);

    await expect(files.backfill(Album, 'legacy')).rejects.toThrow('there is nothing to fill in');
  });
});
