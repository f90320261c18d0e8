import type { AppContext } from '../env.ts';
import { albumPage } from '../pages/album-page.ts';
import { photoPage } from '../pages/photo-page.ts';
import { Photo } from '../photo.ts';
import { sentForm } from '../sent-form.ts';

/** One query; the URLs and the placeholders of all photos come with it. */
export async function listPhotos(c: AppContext): Promise<Response> {
  return await c.html(albumPage(await allPhotos(c)));
}

export async function addPhoto(c: AppContext): Promise<Response> {
  const { text, file: image, problems } = await sentForm(c, Photo, 'image');
  const caption = text('caption');
  if (image === null) {
    return await c.html(albumPage(await allPhotos(c), { caption, problems }), 422);
  }
  c.var.em.create(Photo, { caption, image });
  await c.var.em.flush();
  return c.redirect('/photos', 303);
}

export async function showPhoto(c: AppContext): Promise<Response> {
  const photos = await allPhotos(c);
  const index = photos.findIndex(({ id }) => id === Number(c.req.param('id')));
  const photo = photos[index];
  if (photo === undefined) return c.notFound();
  return await c.html(photoPage(photo, { newer: photos[index - 1], older: photos[index + 1] }));
}

export async function deletePhoto(c: AppContext): Promise<Response> {
  const photo = await c.var.em.findOneOrFail(Photo, { id: Number(c.req.param('id')) });
  await c.var.em.remove(photo).flush();
  return c.redirect('/photos', 303);
}

async function allPhotos(c: AppContext): Promise<Photo[]> {
  return await c.var.em.find(Photo, {}, { orderBy: { id: 'desc' } });
}
