import { FieldFile, FileValidationError, resize } from '@filefield/core';
import { sharpEngine } from '@filefield/core/sharp';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createApp } from '../support.ts';
import { picture } from './support.ts';

const engine = sharpEngine();
afterAll(async () => await engine.close?.());

const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    image: imageField({ variants: { thumb: resize(20, 20) } }).nullable(),
    scan: imageField({
      variants: { thumb: resize(20, 20, 'inside', { type: 'image/jpeg' }) },
      generate: 'eager',
      placeholder: true,
    }).nullable(),
  }),
});

/** A photograph as a phone makes it: turned by its EXIF block. */
async function photograph(): Promise<FieldFile> {
  const create = { width: 80, height: 40, channels: 3, background: '#369' } as const;
  const bytes = await sharp({ create }).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  return FieldFile.from(bytes, { filename: 'a.jpg' });
}

describe('with sharp', { timeout: 60_000 }, () => {
  it('variants and placeholders are upright, small and what they say they are', async () => {
    const app = await createApp([Photo], { files: { variants: { engine } } });
    const em = app.em();
    em.create(Photo, { image: await photograph(), scan: await photograph() });
    await em.flush();

    await app.files.worker.drain();

    const [{ image, scan } = {}] =
      await app.sql<Record<'image' | 'scan', object>>('select * from photo');
    expect(image).toMatchObject({ variants: { thumb: { width: 20, height: 20 } } });
    expect(scan).toMatchObject({
      placeholder: expect.any(String),
      variants: { thumb: { type: 'image/jpeg', width: 10, height: 20 } },
    });
  });

  it('an image that only looks like one is refused eagerly, and told in the background', async () => {
    const app = await createApp([Photo], { files: { variants: { engine } } });
    const em = app.em();
    em.create(Photo, { scan: picture() });
    await expect(em.flush()).rejects.toThrow(FileValidationError);
    const other = app.em();
    other.create(Photo, { image: picture() });
    await other.flush();

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ originals: 0, refused: 1 });
    expect(await app.reclaim()).toHaveLength(1);
  });
});
