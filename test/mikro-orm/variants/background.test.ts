import { FieldFile } from '@filefield/core';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp } from '../support.ts';
import { Album, createGallery, picture, sized, testEngine, undecodable } from './support.ts';

describe('variants in the background', () => {
  it('are made by drain(), listed in the row and taken off the journal', async () => {
    const gallery = await createGallery();
    await gallery.save();

    const { variants } = await gallery.files.worker.drain();

    expect(variants).toMatchObject({ originals: 1, variants: 2, failed: 0, problems: [] });
    const [cover] = await gallery.covers();
    const file = (name: string) =>
      expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{20}\\.webp$`));
    expect(cover).toMatchObject({
      width: 800,
      placeholder: 'aGFzaA==',
      variants: {
        thumb: { name: file('thumb'), size: 14, type: 'image/webp', width: 100, height: 50 },
        card: { name: file('card'), width: 400 },
      },
    });
    expect(await gallery.variants()).toEqual(['card.webp', 'thumb.webp']);
    expect(await gallery.journal()).toEqual([]);
    expect(await gallery.sql('select * from file_variant_work')).toEqual([]);
  });

  it('are rendered in one go, from bytes that are read once', async () => {
    const gallery = await createGallery();
    await gallery.save();
    gallery.storage.forgetCalls();

    await gallery.files.worker.drain();

    expect(gallery.engine.requests).toMatchObject([
      { resizes: [{ width: 100 }, { width: 400 }], placeholder: true, maxPixels: 50_000_000 },
    ]);
    expect(gallery.storage.calls.filter(({ operation }) => operation === 'open')).toHaveLength(1);
  });

  it('are made in JSON documents, each in its place', async () => {
    const gallery = await createGallery();
    const em = gallery.em();
    const pages = [{ image: picture('a.png') }, { title: 'none' }, { image: picture('b.png') }];
    em.create(Album, { pages: pages as never });
    await em.flush();

    const { variants } = await gallery.files.worker.drain();

    expect(variants).toMatchObject({ originals: 2, variants: 2 });
    const [row] = await gallery.sql('select pages from album');
    const listed = { image: { variants: { thumb: { width: 100 } } } };
    expect(row).toMatchObject({ pages: [listed, { title: 'none' }, listed] });
  });

  it('are those of each field where a document has several', async () => {
    const Sides = defineEntity({
      name: 'Sides',
      embeddable: true,
      properties: {
        front: imageField({ variants: { thumb: sized(100) } }).nullable(),
        back: imageField({ variants: { card: sized(400) } }).nullable(),
      },
    });
    const Sleeve = defineEntity({
      name: 'Sleeve',
      properties: (p) => ({ id: p.integer().primary(), sides: p.embedded(Sides).object() }),
    });
    const app = await createApp([Sleeve], { files: { variants: { engine: testEngine() } } });
    const em = app.em();
    em.create(Sleeve, { sides: { front: picture('f.png'), back: picture('b.png') } });
    await em.flush();

    const { variants } = await app.files.worker.drain();

    const [row] = await app.sql('select sides from sleeve');
    expect(variants).toMatchObject({ originals: 2, variants: 2, gone: 0 });
    expect(row).toMatchObject({
      sides: {
        front: { variants: { thumb: { width: 100 } } },
        back: { variants: { card: { width: 400 } } },
      },
    });
  });

  it('vanish with their row', async () => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.files.worker.drain();

    await gallery.sql('delete from album');

    expect(await gallery.reclaim()).toEqual([]);
  });

  it('vanish with the image that is replaced, and are made of the new one', async () => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.files.worker.drain();
    const em = gallery.em();
    const album = await em.findOneOrFail(Album, 1);
    album.cover = picture('b.png');
    await em.flush();

    await gallery.files.worker.drain();

    expect(await gallery.reclaim()).toHaveLength(3);
    expect(await gallery.variants()).toEqual(['card.webp', 'thumb.webp']);
  });

  it('are not made of an SVG', async () => {
    const gallery = await createGallery();
    await gallery.save(
      FieldFile.from('<svg xmlns="http://www.w3.org/2000/svg"/>', { filename: 'a.svg' }),
    );

    const { variants } = await gallery.files.worker.drain();

    expect(variants).toMatchObject({ originals: 1, variants: 0 });
    expect(gallery.engine.requests).toEqual([]);
  });

  it('are made once more where a whole value was written without them', async () => {
    // Without a grace the worker might be deleting them by then.
    const gallery = await createGallery({ files: { grace: '24h' } });
    await gallery.save();
    await gallery.files.worker.drain();
    const [before] = await gallery.covers();

    await gallery.sql(`update album set cover = cover - 'variants'`);
    await gallery.files.worker.drain();

    expect(await gallery.covers()).toEqual([before]);
  });
});

describe('what raw SQL has listed', () => {
  it.each([
    ['an entry that is null', '{"thumb": null}'],
    ['a list of nothing', '[null]'],
  ])('is replaced by variants where it lists none: %s', async (_, variants) => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.sql(`update album set cover = cover || ?`, [`{"variants": ${variants}}`]);

    const report = await gallery.files.worker.drain();

    const [cover] = await gallery.covers();
    expect(report.variants).toMatchObject({ originals: 1, failed: 0 });
    expect(Object.keys(cover?.variants ?? {}).toSorted()).toEqual(['card', 'thumb']);
  });
});

describe('an image of which nothing can be made', () => {
  it('keeps nobody from working, is tried again, and told', async () => {
    const gallery = await createGallery();
    await gallery.save(picture('bad.png'));
    gallery.engine.before = undecodable;

    const { variants, problems } = await gallery.files.worker.drain();

    expect(problems).toEqual([]);
    expect(variants).toMatchObject({ originals: 0, refused: 1, failed: 0 });
    expect(variants?.problems).toEqual([
      expect.stringMatching(
        /^Cannot make variants of "covers\/bad_.*" in storage "default": .*decoded$/,
      ),
    ]);
    const [work] = await gallery.sql(
      `select attempts, last_error, due_at < now() + interval '1 minute' as soon from file_variant_work`,
    );
    expect(work).toMatchObject({
      attempts: 1,
      soon: true,
      last_error: expect.stringContaining('decoded'),
    });
  });

  it('is left alone for a week after three attempts', async () => {
    const gallery = await createGallery();
    await gallery.save();
    gallery.engine.before = undecodable;
    await gallery.sql('update file_variant_work set attempts = 2');

    await gallery.files.worker.drain();

    const [work] = await gallery.sql(
      `select attempts, due_at > now() + interval '6 days' as late from file_variant_work`,
    );
    expect(work).toEqual({ attempts: 3, late: true });
  });
});
