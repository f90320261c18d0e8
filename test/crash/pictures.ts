import { createHash } from 'node:crypto';
import { FieldFile, resize, type FileRow, type ImageEngine } from '@filefield/core';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { png } from '../support/image-bytes.ts';

/** Two images with variants, made in the background and before the row is written, and beside each what its bytes must be. */
export const Picture = defineEntity({
  name: 'Picture',
  tableName: 'picture',
  properties: (p) => ({
    id: p.integer().primary(),
    label: p.string(),
    image: imageField<{ label?: string }>({
      uploadTo: ({ label }, filename) => `pictures/${label}/${filename}`,
      variants: { thumb: resize(100), card: resize(400) },
      placeholder: true,
    }).nullable(),
    stampLabel: p.string().default(''),
    stamp: imageField({
      storage: 'archive',
      uploadTo: 'stamps/',
      variants: { thumb: resize(100) },
      generate: 'eager',
    }).nullable(),
  }),
});

/** What a column of {@link Picture} lists in the end. */
export const declared: Readonly<Record<'image' | 'stamp', readonly string[]>> = {
  image: ['card', 'thumb'],
  stamp: ['thumb'],
};

/** Makes of each image a few bytes, which tell the image and the width. */
export const pictureEngine: ImageEngine = {
  async render(source, { resizes, placeholder }) {
    const bytes = Buffer.concat(await Array.fromAsync(source));
    const images = resizes.map(({ width = 0 }) => ({
      bytes: renderedBytes(bytes, width),
      width,
      height: width,
    }));
    return { images, placeholder: placeholder ? 'aGFzaA==' : undefined };
  },
};

/** What {@link pictureEngine} makes of an image. */
export function renderedBytes(bytes: Uint8Array, width: number): Buffer {
  return Buffer.from(`RIFF ${width} of ${createHash('sha256').update(bytes).digest('hex')}`);
}

/** A new image whose bytes are those of its label. */
export function picture(label: string): FieldFile {
  return FieldFile.from(pictureBytes(label), { filename: `${label}.png` });
}

/** What an image with this label must hold. */
export function pictureBytes(label: string): Buffer<ArrayBuffer> {
  return Buffer.from(png({ width: 800, height: 400, comment: label.repeat(20) }));
}

/** A row of the table. */
export interface PictureRow {
  readonly id: number;
  readonly label: string;
  readonly image: FileRow | null;
  readonly stamp_label: string;
  readonly stamp: FileRow | null;
}
