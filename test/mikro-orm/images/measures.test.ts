import { FieldFile } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { jpeg, png, webp } from '../../support/image-bytes.ts';
import { createApp, text, type App } from '../support.ts';
import { Photo } from './entities.ts';

const small = (more = {}) =>
  FieldFile.from(png({ width: 40, height: 30, ...more }), { filename: 'a.png' });
const turned = () =>
  FieldFile.from(jpeg({ width: 40, height: 30, orientation: 6 }), { filename: 'a.jpg' });

async function saved(values: Partial<Photo>) {
  const app = await createApp([Photo]);
  const em = app.em();
  const photo = em.create(Photo, values as never);
  await em.flush();
  return { app, em, photo };
}

const columns = async (app: App) =>
  (await app.sql('select width, image_height, thumb_height, named_width from photo'))[0];

describe('an image field keeps width and height', () => {
  it('in the row, in the properties that were declared for them, and asks no storage on loading', async () => {
    const { app, photo } = await saved({ image: small(), thumb: turned(), named: small() });
    const before = app.storage.calls.length;

    const loaded = await app.em().findOneOrFail(Photo, photo.id);

    expect([loaded.image!.width, loaded.image!.height]).toEqual([40, 30]);
    expect([loaded.thumb!.width, loaded.thumb!.height]).toEqual([30, 40]);
    expect(await columns(app)).toEqual({
      width: 40,
      image_height: 30,
      thumb_height: 40,
      named_width: 40,
    });
    expect(loaded).toMatchObject({ width: 40, height: 30, thumbHeight: 40, namedWidth: 40 });
    expect(app.storage.calls).toHaveLength(before);
  });

  it('in the entity that was flushed, which the next flush leaves alone', async () => {
    const { app, em, photo } = await saved({ image: small() });
    app.log.length = 0;

    await em.flush();

    expect(photo).toMatchObject({ width: 40, height: 30, thumbHeight: null });
    expect(app.log).toEqual([]);
  });

  it('of another image, in the one UPDATE that writes it', async () => {
    const { app, em, photo } = await saved({ image: small() });
    app.log.length = 0;

    photo.image = small({ width: 7 });
    await em.flush();

    expect(await columns(app)).toMatchObject({ width: 7, image_height: 30 });
    expect(app.log.filter((line) => line.startsWith('update "photo"'))).toHaveLength(1);
    expect(photo.width).toBe(7);
  });

  it('as null once the field is cleared', async () => {
    const { app, em, photo } = await saved({ image: small(), thumb: small() });

    photo.image = null;
    await em.flush();

    expect(await columns(app)).toMatchObject({ width: null, image_height: null, thumb_height: 30 });
    expect(photo.width).toBeNull();
  });

  it('of copies and renamed images, without reading them again', async () => {
    const { app, em, photo } = await saved({ image: small() });
    app.storage.forgetCalls();

    const other = em.create(Photo, { image: photo.image!.copy() });
    photo.image = photo.image!.renamed('b.png');
    await em.flush();

    expect([photo, other].map(({ image, width }) => [image!.width, width])).toEqual([
      [40, 40],
      [40, 40],
    ]);
    expect(app.storage.calls.map(({ operation }) => operation)).not.toContain('open');
  });

  it('of an image that comes from another field, which is measured anew', async () => {
    const { em, photo } = await saved({ file: small(), thumb: turned() });

    const other = em.create(Photo, { image: photo.thumb!.copy(), thumb: photo.file!.copy() });
    await em.flush();

    expect(other).toMatchObject({ width: 40, height: 30, thumbHeight: 30 });
    expect(photo.file!.width).toBeUndefined();
  });

  it('of staged images and of objects that are referred to', async () => {
    const app = await createApp([Photo]);
    await app.storage.save('shared.png', png({ width: 40, height: 30 }));
    const em = app.em();

    const image = await app.files.stage(Photo, 'image', small());
    const shared = FieldFile.stored({ storage: 'default', name: 'shared.png' });
    const photos = [em.create(Photo, { image }), em.create(Photo, { image: shared })];
    await em.flush();

    expect(photos.map(({ width, height }) => [width, height])).toEqual([
      [40, 30],
      [40, 30],
    ]);
  });

  it('through save(), rename() and delete() of a handle', async () => {
    const { app, em, photo } = await saved({ image: small() });
    const handle = app.files.field(photo, 'image');

    await handle.save('b.png', png({ width: 9, height: 8 }));
    const stored = await columns(app);
    await handle.rename('c.png');
    const renamed = photo.width;
    await handle.delete();

    expect([stored, renamed]).toMatchObject([{ width: 9, image_height: 8 }, 9]);
    expect([photo.width, (await columns(app))?.['width']]).toEqual([null, null]);
    app.log.length = 0;
    await em.flush();
    expect(app.log).toEqual([]);
  });

  it('that another program wrote, until there is another image', async () => {
    const app = await createApp([Photo]);
    const row = JSON.stringify({ storage: 'default', name: 'old.png', size: 9 });
    await app.sql('insert into photo (image, width) values (?, 99)', [row]);
    const em = app.em();
    const [photo] = await em.find(Photo, {});

    photo!.image = photo!.image!.withFilename('new.png');
    await em.flush();

    expect([photo!.width, (await columns(app))?.['width']]).toEqual([99, 99]);
  });

  it('of an object that is referred to, turned upright though the orientation stands at its end', async () => {
    const app = await createApp([Photo]);
    const bytes = webp({ width: 40, height: 30, orientation: 6, lead: 90_000 });
    await app.storage.save('shared.webp', bytes);
    const em = app.em();

    const thumb = FieldFile.stored({ storage: 'default', name: 'shared.webp' });
    const photo = em.create(Photo, { thumb });
    await em.flush();

    expect(photo.thumbHeight).toBe(40);
  });

  it('and nothing of an SVG, which has no pixels', async () => {
    const svg = FieldFile.from('<svg xmlns="http://www.w3.org/2000/svg"/>', { filename: 'a.svg' });

    const { photo } = await saved({ drawing: svg });

    expect([photo.drawing!.type, photo.drawing!.width]).toEqual(['image/svg+xml', undefined]);
  });
});

describe('what an image field refuses', () => {
  it.each([
    ['a text', () => text('a.png'), /is no image that is accepted here/],
    [
      'a bomb',
      () => small({ width: 50_001, height: 1000 }),
      /has 50 megapixels, over the limit of 50/,
    ],
    [
      'a JPEG of 300 kB without its end',
      () => FieldFile.from(jpeg({ lead: 300_000 }).subarray(0, -2), { filename: 'a.jpg' }),
      /the image is damaged or incomplete: it ends too early/,
    ],
  ])('leaves neither a row nor an object: %s', async (_, file, message) => {
    const app = await createApp([Photo]);
    const em = app.em();
    em.create(Photo, { image: file() });

    const failure = await em.flush().catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: 'FILE_VALIDATION', subject: 'Photo.image' });
    expect(String(failure)).toMatch(message);
    expect(await app.reclaim()).toEqual([]);
    expect(await app.sql('select from photo')).toEqual([]);
  });

  it('is a new filename of something else', async () => {
    const { em, photo } = await saved({ image: small() });

    photo.image = photo.image!.renamed('page.html');

    await expect(em.flush()).rejects.toMatchObject({ issues: [{ validator: 'imageType' }] });
  });

  it('is refused as a copy from a field of files too', async () => {
    const { em, photo } = await saved({ file: text('a.txt') });

    photo.image = photo.file!.copy();

    await expect(em.flush()).rejects.toMatchObject({ subject: 'Photo.image' });
  });
});

describe('backfill() of an image field', () => {
  const row = { storage: 'default', name: 'old.png', size: 67, type: 'image/png', sha256: 'x' };

  it('fills in width and height, in the declared properties too, from the head of the object', async () => {
    const app = await createApp([Photo]);
    const { size } = await app.storage.save('old.png', png({ width: 40, height: 30 }));
    await app.sql('insert into photo (image) values (?)', [JSON.stringify({ ...row, size })]);

    const first = await app.files.backfill(Photo, 'image');
    const second = await app.files.backfill(Photo, 'image');

    expect([first.filled, second.rows]).toEqual([1, 0]);
    expect(await columns(app)).toMatchObject({ width: 40, image_height: 30 });
    const [photo] = await app.em().find(Photo, {});
    expect([photo!.image!.width, photo!.image!.sha256]).toEqual([40, 'x']);
  });

  it('tells which objects are no images', async () => {
    const app = await createApp([Photo]);
    await app.storage.save('old.png', 'text');
    await app.sql('insert into photo (image) values (?)', [JSON.stringify({ ...row, size: 4 })]);

    const { problems } = await app.files.backfill(Photo, 'image');

    expect(problems).toMatchObject([{ kind: 'image' }]);
  });
});
