import { resize } from '@filefield/core';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';
import { photoTypes } from './photo-types.ts';

export const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    caption: p.string(),
    // What is shown of it is made by the worker, after the form has been answered.
    image: imageField({
      storage: 'public',
      uploadTo: 'photos/%Y/',
      maxSize: 30_000_000,
      accept: photoTypes,
      applyOrientation: true,
      variants: { small: resize(400), medium: resize(800), large: resize(1600) },
      placeholder: true,
    }),
    addedAt: p.datetime().onCreate(() => new Date()),
  }),
});

export type Photo = InferEntity<typeof Photo>;
