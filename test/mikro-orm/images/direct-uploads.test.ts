import { FieldFile } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';
import { bytes, jpeg, png, zip } from '../../support/image-bytes.ts';
import { createUploadApp, Page } from '../uploads/support.ts';
import { Photo } from './entities.ts';

/** Sends bytes straight to the storage, and flushes a photo with them. */
async function sent(content: Uint8Array, filename: string) {
  const { app, storage } = await createUploadApp({}, [Page, Photo]);
  const upload = await app.files.createUpload(Photo, 'image', { filename, maxSize: 500_000 });
  await storage.save(upload.name, content, asLibrary({ ifExists: 'overwrite' }));
  const em = app.em();
  const photo = em.create(Photo, { image: FieldFile.fromUpload(upload.token) });
  return { app, photo, flush: async () => em.flush() };
}

describe('an image that a browser sent straight to the storage', () => {
  it('is measured, and its SHA-256 counted by the way', async () => {
    const { photo, flush } = await sent(jpeg({ width: 40, height: 30, lead: 240_000 }), 'a.jpg');

    await flush();

    expect(photo).toMatchObject({ width: 40, height: 30 });
    expect([photo.image!.width, photo.image!.sha256]).toEqual([
      40,
      expect.stringMatching(/^\w{64}$/),
    ]);
  });

  it.each([
    ['has no end', jpeg({ lead: 240_000 }).subarray(0, -2), 'a.jpg', 'imageData'],
    ['has an archive behind it', bytes(png(), zip()), 'a.png', 'imageTrailer'],
    ['is a bomb', png({ width: 50_001, height: 1000 }), 'a.png', 'maxPixels'],
  ])('is refused where it %s, and nothing of it stays', async (_, content, filename, validator) => {
    const { app, flush } = await sent(content, filename);

    await expect(flush()).rejects.toMatchObject({ issues: [{ validator }] });

    expect(await app.reclaim()).toEqual([]);
    expect(await app.sql('select from photo')).toEqual([]);
  });
});
