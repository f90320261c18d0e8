import { resize } from '@filefield/core';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';
import { photoTypes } from './photo-types.ts';

// #region avatar
export const Member = defineEntity({
  name: 'Member',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    title: p.string(),
    avatar: imageField({
      storage: 'public',
      uploadTo: 'avatars/',
      maxSize: 15_000_000,
      accept: photoTypes,
      applyOrientation: true,
      variants: { small: resize(96, 96), medium: resize(192, 192), large: resize(384, 384) },
      placeholder: true,
      generate: 'eager', // with the row: the form says at once when nothing can be made of a file
    }).nullable(),
  }),
});
// #endregion

export type Member = InferEntity<typeof Member>;
