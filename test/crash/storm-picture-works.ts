import type { FileRow } from '@filefield/core';
import { resize } from '@filefield/core';
import { variantFile } from '@filefield/core/binding';
import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { Picture, picture } from './pictures.ts';
import type { Storm } from './storm-works.ts';

type Work = (storm: Storm, em: EntityManager) => Promise<void>;

/** Everything that may happen to images with variants. */
export const pictureWorks: readonly Work[] = [
  createPicture,
  createPicture,
  replacePicture,
  replacePicture,
  replaceStamp,
  emptyPicture,
  removePictures,
  copyPictureBySql,
  forgetVariantsBySql,
  findVariant,
  findVariant,
  regenerate,
];

async function createPicture(storm: Storm, em: EntityManager): Promise<void> {
  const [label, stampLabel] = [storm.label(), storm.label()];
  em.create(Picture, { label, image: picture(label), stampLabel, stamp: picture(stampLabel) });
  await em.flush();
}

async function replacePicture(storm: Storm, em: EntityManager): Promise<void> {
  const found = await anyPicture(storm, em);
  const label = storm.label();
  if (found !== undefined) em.assign(found, { label, image: picture(label) });
  await em.flush();
}

async function replaceStamp(storm: Storm, em: EntityManager): Promise<void> {
  const found = await anyPicture(storm, em);
  const stampLabel = storm.label();
  if (found !== undefined) em.assign(found, { stampLabel, stamp: picture(stampLabel) });
  await em.flush();
}

async function emptyPicture(storm: Storm, em: EntityManager): Promise<void> {
  const found = await anyPicture(storm, em);
  if (found !== undefined) em.assign(found, { label: '', image: null });
  await em.flush();
}

async function removePictures(_: Storm, em: EntityManager): Promise<void> {
  await em.execute(`delete from picture where id = (select id from picture order by random() limit 1)
    or id < (select max(id) - 8 from picture)`);
}

/** Two rows refer to one image, and list what one of them has. */
async function copyPictureBySql(_: Storm, em: EntityManager): Promise<void> {
  await em.execute(`insert into picture (label, image) select label, image from picture
    where image is not null order by random() limit 1`);
}

/** As a program does that writes whole values and knows nothing of variants. */
async function forgetVariantsBySql(_: Storm, em: EntityManager): Promise<void> {
  await em.execute(`update picture set image = image - 'variants'
    where id = (select id from picture order by random() limit 1)`);
}

async function findVariant({ files, random }: Storm, em: EntityManager): Promise<void> {
  const [found] = await em.execute<{ image: FileRow }[]>(
    'select image from picture where image is not null order by random() limit 1',
  );
  if (found === undefined) return;
  const { storage, name } = found.image;
  const [variant, definition] = random.pick(Object.entries(asked));
  const file = variantFile(variant, definition, found.image);
  await files.findVariant({ field: 'Picture.image', storage, name, variant, file });
}

const asked = { thumb: resize(100), card: resize(400) };

async function regenerate({ files }: Storm): Promise<void> {
  await files.regenerateVariants(Picture, 'image', { concurrency: 2 });
}

async function anyPicture(
  { random }: Storm,
  em: EntityManager,
): Promise<InferEntity<typeof Picture> | undefined> {
  const pictures = await em.find(Picture, {}, { orderBy: { id: 1 } });
  return pictures.length === 0 ? undefined : random.pick(pictures);
}
