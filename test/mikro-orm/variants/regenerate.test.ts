import type { ImageEngine, VariantDefinitions } from '@filefield/core';
import { imageField, type FileFields } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import {
  Album,
  anotherProcess,
  createGallery,
  picture,
  sized,
  testEngine,
  undecodable,
  type Gallery,
} from './support.ts';

/** The album's entity as another version of the application declares it. */
function albumWith(variants: VariantDefinitions) {
  const Page = defineEntity({
    name: 'Page',
    embeddable: true,
    properties: (p) => ({
      title: p.string().nullable(),
      image: imageField({ variants }).nullable(),
    }),
  });
  return defineEntity({
    name: 'Album',
    properties: (p) => ({
      id: p.integer().primary(),
      title: p.string().default(''),
      cover: imageField({ variants, placeholder: true }).nullable(),
      pages: p.embedded(Page).array().default([]),
    }),
  });
}

/** Another version of the application. */
async function deploy(
  gallery: Gallery,
  album: ReturnType<typeof albumWith>,
  engine: ImageEngine | null = testEngine(),
): Promise<FileFields> {
  return (await anotherProcess(gallery, { album, engine })).files;
}

/** Two albums whose variants are made, under the first version. */
async function madeAlbums(): Promise<Gallery> {
  const gallery = await createGallery();
  await gallery.save(picture('a.png'));
  await gallery.save(picture('b.png'));
  await gallery.files.worker.drain();
  return gallery;
}

const wider = albumWith({ thumb: sized(120), card: sized(400) });
const fewer = albumWith({ card: sized(400) });

describe('regenerateVariants() after a definition has changed', () => {
  it('makes the new, drops the old, and leaves what is as declared alone', async () => {
    const gallery = await madeAlbums();
    const files = await deploy(gallery, wider);

    const report = await files.regenerateVariants(wider, 'cover');

    expect(report).toMatchObject({
      rows: 2,
      regenerated: 2,
      made: 2,
      dropped: 2,
      problems: [],
      isComplete: true,
    });
    const [cover] = await gallery.covers();
    expect(cover).toMatchObject({ variants: { thumb: { width: 120 }, card: { width: 400 } } });
    await gallery.reclaim();
    expect(await gallery.variants()).toEqual([
      'card.webp',
      'card.webp',
      'thumb.webp',
      'thumb.webp',
    ]);
    expect(await files.reconcile({ olderThan: '0ms' })).toMatchObject({ orphans: [], missing: [] });
  });

  it('does nothing a second time', async () => {
    const gallery = await madeAlbums();
    const files = await deploy(gallery, wider);
    await files.regenerateVariants(wider, 'cover');

    const report = await files.regenerateVariants(wider, 'cover');

    expect(report).toMatchObject({ rows: 0, made: 0, dropped: 0, isComplete: true });
  });

  it('drops what is not declared any more, also without an engine', async () => {
    const gallery = await madeAlbums();
    const files = await deploy(gallery, fewer, null);

    const report = await files.regenerateVariants(fewer, 'cover');

    expect(report).toMatchObject({ regenerated: 2, made: 0, dropped: 2, isComplete: true });
    await gallery.reclaim();
    expect(await gallery.variants()).toEqual(['card.webp', 'card.webp']);
  });

  it('tells what it cannot make without an engine', async () => {
    const gallery = await madeAlbums();
    const larger = albumWith({ large: sized(800) });
    const files = await deploy(gallery, larger, null);

    const report = await files.regenerateVariants(larger, 'cover');

    expect(report).toMatchObject({ dropped: 4, counts: { engine: 2 }, isComplete: false });
    expect(await gallery.reclaim()).toHaveLength(2);
  });

  it('only counts in a dry run', async () => {
    const gallery = await madeAlbums();
    const files = await deploy(gallery, wider);
    const before = await gallery.covers();

    const report = await files.regenerateVariants(wider, 'cover', { dryRun: true });

    expect(report).toMatchObject({ dryRun: true, rows: 2, made: 2, dropped: 2, isComplete: false });
    expect(await gallery.covers()).toEqual(before);
  });

  it('shares the work with another that runs at once', async () => {
    const gallery = await madeAlbums();
    const files = [await deploy(gallery, wider), await deploy(gallery, wider)];

    await Promise.all(files.map((one) => one.regenerateVariants(wider, 'cover')));

    const [cover] = await gallery.covers();
    expect(cover).toMatchObject({ variants: { thumb: { width: 120 } } });
    expect(await gallery.reclaim()).toHaveLength(6);
  });

  it('tells an image of which nothing can be made, and goes on', async () => {
    const gallery = await madeAlbums();
    const engine = testEngine();
    engine.before = () => engine.requests.length === 1 && undecodable();
    const files = await deploy(gallery, wider, engine);

    const report = await files.regenerateVariants(wider, 'cover', { concurrency: 1 });

    expect(report).toMatchObject({
      regenerated: 1,
      isComplete: false,
      problems: [{ key: { id: '1' }, kind: 'image', reason: expect.stringContaining('decoded') }],
    });
  });

  it('tells a row of a storage that this process has not, and goes on', async () => {
    const gallery = await madeAlbums();
    await gallery.sql(`update album set cover = cover || '{"storage": "attic"}' where id = 1`);
    const files = await deploy(gallery, wider);

    const report = await files.regenerateVariants(wider, 'cover', { concurrency: 1 });

    expect(report).toMatchObject({ regenerated: 1, problems: [{ kind: 'storage' }] });
  });

  it('goes into JSON documents', async () => {
    const gallery = await createGallery();
    await gallery.sql(`insert into album (pages) values ('[]')`);
    const em = gallery.em();
    const album = await em.findOneOrFail(Album, 1);
    album.pages = [{ image: picture('a.png') }, { title: 'x' }] as never;
    await em.flush();
    const files = await deploy(gallery, wider);

    const report = await files.regenerateVariants(wider, 'pages.image');

    expect(report).toMatchObject({ regenerated: 1, made: 2 });
    const [row] = await gallery.sql('select pages from album');
    expect(row).toMatchObject({ pages: [{ image: { variants: { card: {} } } }, { title: 'x' }] });
  });

  it('drops what raw SQL has listed and is no variant', async () => {
    const gallery = await madeAlbums();
    await gallery.sql(`update album set cover = jsonb_set(cover, '{variants,other}', 'null')`);

    const report = await gallery.files.regenerateVariants(Album, 'cover');

    const [cover] = await gallery.covers();
    expect(report).toMatchObject({ regenerated: 2, made: 0, dropped: 2 });
    expect(Object.keys(cover?.variants ?? {})).toEqual(['card', 'thumb']);
  });

  it('refuses fields that are no image, or keep names alone', async () => {
    const gallery = await createGallery();

    const run = gallery.files.regenerateVariants(wider, 'title' as 'cover');

    await expect(run).rejects.toThrow('Cannot declare Album.title: it is no file field');
  });
});
