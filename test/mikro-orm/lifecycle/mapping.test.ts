import type { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, text, type App } from '../support.ts';

const Badge = defineEntity({
  name: 'Badge',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().default(''),
    file: fileField().nullable().unique(),
  }),
});

const Media = defineEntity({
  name: 'Media',
  inheritance: 'tpt',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().default(''),
    original: fileField().nullable(),
  }),
});

const Photo = defineEntity({
  name: 'Photo',
  extends: Media,
  properties: () => ({ preview: fileField({ storage: 'other' }).nullable() }),
});

const Picture = defineEntity({
  name: 'Picture',
  embeddable: true,
  properties: (p) => ({ caption: p.string().nullable(), pic: fileField().nullable() }),
});

const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    inline: () => p.embedded(Picture).nullable(),
    document: () => p.embedded(Picture).object().nullable(),
    list: () => p.embedded(Picture).array().nullable(),
  }),
});

describe('a unique file column', () => {
  it('takes new files of two rows in one flush', async () => {
    const app = await createApp([Badge]);
    const em = app.em();
    const [one, two] = [
      em.create(Badge, { file: text('a.txt') }),
      em.create(Badge, { file: text('b.txt') }),
    ];
    await em.flush();

    app.log.length = 0;

    one.file = text('a2.txt');
    two.file = text('b2.txt');
    await em.flush();

    // MikroORM writes the second one by a statement of its own; both are uploaded before BEGIN.
    expect(app.log.map((line) => line.split(/[ ;]/)[0])).toEqual([
      'select',
      'begin',
      'update',
      'update',
      'commit',
    ]);
    expect(await app.reclaim()).toEqual(['a2.txt', 'b2.txt']);
    const again = await app.em().find(Badge, {}, { orderBy: { id: 'asc' } });
    expect(again.map(({ file }) => file!.filename)).toEqual(['a2.txt', 'b2.txt']);
  });

  it('swaps the files of two rows', async () => {
    const app = await createApp([Badge]);
    const em = app.em();
    const [one, two] = [
      em.create(Badge, { file: text('a.txt') }),
      em.create(Badge, { file: text('b.txt') }),
    ];
    await em.flush();

    [one.file, two.file] = [two.file, one.file];
    await em.flush();

    const again = await app.em().find(Badge, {}, { orderBy: { id: 'asc' } });
    const bytes = await Promise.all(again.map(({ file }) => file!.text()));
    expect(bytes).toEqual(['b.txt', 'a.txt']);
    expect(await app.reclaim()).toEqual(['a.txt', 'b.txt']);
  });

  it('hands a file to a new row while the old one is removed', async () => {
    const app = await createApp([Badge]);
    const em = app.em();
    const one = em.create(Badge, { file: text('a.txt') });
    await em.flush();

    const two = em.create(Badge, { file: one.file! });
    em.remove(one);
    await em.flush();

    expect(await two.file!.text()).toBe('a.txt');
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('hands a file on while the old row takes a new one', async () => {
    const app = await createApp([Badge]);
    const em = app.em();
    const one = em.create(Badge, { file: text('a.txt') });
    await em.flush();

    em.create(Badge, { file: one.file! });
    one.file = text('b.txt');
    await em.flush();
    await em.flush();

    const again = await app.em().find(Badge, {}, { orderBy: { id: 'asc' } });
    expect(again.map(({ file }) => file?.filename)).toEqual(['b.txt', 'a.txt']);
    expect(await app.reclaim()).toEqual(['a.txt', 'b.txt']);
  });

  it('is renamed in two rows by one flush', async () => {
    const app = await createApp([Badge]);
    const em = app.em();
    const badges = ['a', 'b'].map((title) =>
      em.create(Badge, { title, file: text(`${title}.txt`) }),
    );
    await em.flush();

    badges.forEach((badge) => (badge.file = badge.file!.renamed(`${badge.title}2.txt`)));
    badges.forEach((badge) => (badge.title = 'changed'));
    await em.flush();

    expect(await app.reclaim()).toEqual(['a2.txt', 'b2.txt']);
  });
});

describe('table-per-type inheritance', () => {
  it('saves, replaces, renames and removes in both tables', async () => {
    const app = await createApp([Media, Photo]);
    const em = app.em();
    const photo = em.create(Photo, { original: text('o.txt'), preview: text('p.txt') });
    await em.flush();
    expect(await app.journal()).toEqual([]);

    photo.original = text('o2.txt');
    photo.preview = photo.preview!.renamed('p2.txt');
    await em.flush();

    const again = await app.em().findOneOrFail(Photo, photo.id);
    expect(await again.original!.text({ verify: true })).toBe('o2.txt');
    expect(again.preview!.filename).toBe('p2.txt');
    expect(await app.reclaim()).toEqual(['o2.txt', 'p2.txt']);
    await em.remove(photo).flush();
    expect(await app.reclaim()).toEqual([]);
  });

  it('is null in a new entity that was given no files, as in its row', async () => {
    const app = await createApp([Media, Photo]);
    const em = app.em();
    const photo = em.create(Photo, {});
    await em.flush();
    app.log.length = 0;

    await em.flush();

    expect([photo.original, photo.preview]).toEqual([null, null]);
    expect(app.log).toEqual([]);
  });

  it.each<[string, (app: App) => Promise<FieldFile>]>([
    ['the parent', (app) => app.files.stage(Media, 'original', text('o.txt'))],
    ['the child', (app) => app.files.stage(Photo, 'original', text('o.txt'))],
  ])('takes what was staged for %s without another upload', async (_, stage) => {
    const app = await createApp([Media, Photo]);
    const original = await stage(app);
    const em = app.em();
    em.create(Photo, { original });

    await em.flush();

    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['o.txt']);
  });

  it('renames in the parent table, once', async () => {
    const app = await createApp([Media, Photo]);
    const em = app.em();
    const photo = em.create(Photo, { original: text('o.txt'), preview: text('p.txt') });
    await em.flush();

    photo.original = photo.original!.renamed('o2.txt');
    photo.title = 'changed';
    await em.flush();

    expect(await app.reclaim()).toEqual(['o2.txt', 'p.txt']);
  });
});

describe('an embeddable', () => {
  it('of an array saves, reorders, adds and removes', async () => {
    const app = await createApp([Album, Picture]);
    const em = app.em();
    const album = em.create(Album, { list: [{ pic: text('a.txt') }, { pic: text('b.txt') }] });
    await em.flush();
    expect(app.uploads()).toBe(2);

    album.list = [album.list![1]!, { caption: null, pic: text('c.txt') }, album.list![0]!];
    await em.flush();
    expect(app.uploads()).toBe(3);
    album.list = album.list.slice(1);
    await em.flush();

    const again = await app.em().findOneOrFail(Album, album.id);
    expect(again.list!.map(({ pic }) => pic!.filename)).toEqual(['c.txt', 'a.txt']);
    expect(await app.reclaim()).toEqual(['a.txt', 'c.txt']);
  });

  it('gives pending files back after a rollback', async () => {
    const app = await createApp([Album, Picture]);
    const files = ['i', 'd', 'l'].map((name) => text(`${name}.txt`));

    await app
      .em()
      .transactional(async (em) => {
        em.create(Album, {
          inline: { pic: files[0]! },
          document: { pic: files[1]! },
          list: [{ pic: files[2]! }],
        });
        await em.flush();
        throw new Error('rolled back');
      })
      .catch(() => {});

    expect(files.map(({ isPending }) => isPending)).toEqual([true, true, true]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('refuses to rename a document whose row got another file meanwhile', async () => {
    const app = await createApp([Album, Picture]);
    const em = app.em();
    const album = em.create(Album, { document: { pic: text('a.txt') } });
    await em.flush();
    const other = app.em();
    const same = await other.findOneOrFail(Album, album.id);
    same.document!.pic = text('newer.txt');
    await other.flush();

    album.document!.pic = album.document!.pic!.renamed('b.txt');

    await expect(em.flush()).rejects.toMatchObject({ code: 'FILE_CHANGED' });
    expect(await app.reclaim()).toEqual(['newer.txt']);
  });
});
