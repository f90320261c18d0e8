import { fileField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';

export const Member = defineEntity({
  name: 'Member',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    title: p.string(),
    avatar: fileField({
      storage: 'public',
      uploadTo: 'avatars/',
      maxSize: 2_000_000,
      accept: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
    }).nullable(),
  }),
});

export type Member = InferEntity<typeof Member>;
