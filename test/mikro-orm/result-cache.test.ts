import { inspect } from 'node:util';
import { FieldFile, NoFileError } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import type { CacheAdapter } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { JsonCacheAdapter } from './json-cache-adapter.ts';
import { createApp, text } from './support.ts';
import type { App } from './support.ts';

const Caption = defineEntity({
  name: 'Caption',
  embeddable: true,
  properties: (p) => ({ title: p.string().nullable(), icon: fileField().nullable() }),
});

const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ json: { url: true } }).nullable(),
    name: fileField({ column: 'name' }).nullable(),
    inline: () => p.embedded(Caption).nullable(),
    document: () => p.embedded(Caption).object().nullable(),
    list: () => p.embedded(Caption).array().nullable(),
    album: () => p.manyToOne(Album).nullable(),
  }),
});

const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    cover: fileField().nullable(),
    photos: () => p.oneToMany(Photo).mappedBy('album'),
  }),
});

const caches = [
  { cache: 'that serialises to JSON', resultCache: { adapter: JsonCacheAdapter } },
  { cache: 'in memory', resultCache: {} },
];

async function createAlbum(resultCache: object): Promise<App> {
  const app = await createApp([Photo, Caption, Album], {
    orm: { resultCache },
  });
  const em = app.em();
  em.create(Photo, {
    file: text('file.txt'),
    name: text('name.txt'),
    inline: { icon: text('inline.txt') },
    document: { icon: text('document.txt') },
    list: [{ title: 'x' }, { icon: text('list.txt') }],
    album: { cover: text('cover.txt') },
  });
  em.create(Photo, {});
  await em.flush();
  return app;
}

describe.each(caches)('a result cache $cache', ({ resultCache }) => {
  const cache: [string, number] = ['photos', 60_000];

  it('answers files, wherever they are, without a query', async () => {
    const app = await createAlbum(resultCache);
    const options = { cache, populate: ['album'], orderBy: { id: 1 } } as const;
    await app.em().find(Photo, {}, options);
    app.log.length = 0;

    const [photo, empty] = await app.em().find(Photo, {}, options);

    const { file, name, inline, document, list, album } = photo!;
    const files = [file, name, inline?.icon, document?.icon, list?.[1]?.icon, album?.cover];
    expect(files.every((each) => each instanceof FieldFile)).toBe(true);
    expect(await Promise.all(files.map(async (each) => each?.text()))).toEqual(
      ['file', 'name', 'inline', 'document', 'list', 'cover'].map((each) => `${each}.txt`),
    );
    expect([empty!.file, empty!.name]).toEqual([null, null]);
    expect(app.log).toEqual([]);
  });

  it('keeps what the row keeps, and the rules of the field', async () => {
    const app = await createAlbum(resultCache);
    const [first] = await app.em().find(Photo, { file: { $ne: null } }, { cache });

    const [cached] = await app.em().find(Photo, { file: { $ne: null } }, { cache });

    expect(cached!.file!.toRow()).toEqual(first!.file!.toRow());
    expect(cached!.file!.uploadedAt).toEqual(first!.file!.uploadedAt);
    expect(JSON.stringify(cached!.file)).toContain('"url":');
    expect(JSON.stringify(cached!.album?.cover ?? null)).not.toContain('"url":');
  });

  it('leaves nothing to write: the flush emits nothing', async () => {
    const app = await createAlbum(resultCache);
    await app.em().find(Photo, {}, { cache });
    const em = app.em();
    await em.find(Photo, {}, { cache });
    app.log.length = 0;

    await em.flush();

    expect(app.log).toEqual([]);
  });

  it('lets a cached file be replaced and renamed like any other', async () => {
    const app = await createAlbum(resultCache);
    await app.em().find(Photo, {}, { cache });
    const em = app.em();
    const [photo] = await em.find(Photo, {}, { cache, orderBy: { id: 1 } });
    photo!.file = photo!.file!.renamed('renamed.txt');
    photo!.document!.icon = text('next.txt');

    await em.flush();

    const stored = await app.reclaim();
    expect(stored).toContain('renamed.txt');
    expect(stored).toContain('next.txt');
    expect(stored).not.toContain('file.txt');
    expect(stored).not.toContain('document.txt');
  });

  it('answers files for findOne and the query builder too', async () => {
    const app = await createAlbum(resultCache);
    const one = async (): Promise<unknown> =>
      (await app.em().findOneOrFail(Photo, 1, { cache: ['one', 60_000] })).file;
    const rows = async () =>
      app
        .em()
        .qb(Photo)
        .select(['id', 'file'])
        .where({ id: 1 })
        .cache(['rows', 60_000])
        .getResultList();

    const answers = [await one(), await one()];
    const [row] = [await rows(), await rows()][1]!;

    expect(answers.every((file) => file instanceof FieldFile)).toBe(true);
    expect(row!.file).toBeInstanceOf(FieldFile);
  });

  it('is not given a result with a file that is not stored yet', async () => {
    const app = await createAlbum(resultCache);
    const em = app.em();
    const photo = await em.findOneOrFail(Photo, 1);
    photo.file = text('pending.txt');
    em.setFlushMode('COMMIT' as never);
    await em.find(Photo, {}, { cache });

    const [cached] = await app.em().find(Photo, {}, { cache, orderBy: { id: 1 } });

    expect(cached!.file!.isPending).toBe(false);
  });
});

// Django's documentation shows this session in its shell, with pickle for the last part.
describe("Django's session with a file", () => {
  const fields = [{ column: 'json' }, { column: 'name' }] as const;

  it.each(fields)('runs (column: $column)', async ({ column }) => {
    const Thing = defineEntity({
      name: 'Thing',
      properties: (p) => ({
        id: p.integer().primary(),
        normal: fileField({
          column,
          uploadTo: 'tests/',
          naming: 'django',
          onReplace: 'reclaim',
        }).nullable(),
      }),
    });
    const app = await createApp([Thing], { orm: { resultCache: { adapter: JsonCacheAdapter } } });
    const em = app.em();
    const [one, two] = [em.create(Thing, {}), em.create(Thing, {})];
    await em.flush();
    const [first, second] = [app.files.field(one, 'normal'), app.files.field(two, 'normal')];
    expect(first.file).toBeNull();
    expect(() => first.size).toThrow(NoFileError);
    expect(() => first.size).toThrow("The 'normal' attribute has no file associated with it.");

    await first.save('django_test.txt', 'content');
    expect(inspect(one.normal)).toBe('<FieldFile: tests/django_test.txt>');
    expect(first.size).toBe(7);
    const chunks = await Array.fromAsync(one.normal!.chunks(2), (chunk) =>
      Buffer.from(chunk).toString(),
    );
    expect(chunks.join('-')).toBe('co-nt-en-t');

    await second.save('django_test.txt', 'more content');
    expect(inspect(two.normal)).toMatch(/^<FieldFile: tests\/django_test_\w{7}\.txt>$/);
    expect(second.size).toBe(12);

    const cache = app.orm.config.getResultCacheAdapter();
    await cache.set('obj1', { file: one.normal, row: JSON.stringify(one.normal!.toRow()) }, '');
    const cached = (await cache.get('obj1')) as { file: FieldFile; row: string };
    expect(inspect(cached.file)).toBe('<FieldFile: tests/django_test.txt>');
    expect(await cached.file.text()).toBe('content');
    expect(app.files.fromRow(JSON.parse(cached.row)).equals(one.normal)).toBe(true);

    await first.delete();
    await second.delete();
    expect([one.normal, two.normal]).toEqual([null, null]);
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('what a cache answers that is no file', () => {
  it('is refused by the query', async () => {
    const adapter = new JsonCacheAdapter();
    function Adapter(): CacheAdapter {
      return adapter;
    }
    const app = await createApp([Photo, Caption, Album], {
      orm: { resultCache: { adapter: Adapter as never } },
    });
    await app.sql(`insert into photo (id) values (1)`);
    await app.em().find(Photo, {}, { cache: ['photos', 60_000] });
    adapter.entries.set('photos', JSON.stringify([{ id: 1, file: { name: 'a.txt', size: 1 } }]));

    const work = app.em().find(Photo, {}, { cache: ['photos', 60_000] });

    await expect(work).rejects.toThrow(/only a FieldFile is one/);
  });
});
