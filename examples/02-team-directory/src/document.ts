import { fileField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';
import { Member } from './member.ts';

export const Document = defineEntity({
  name: 'Document',
  properties: (p) => ({
    id: p.integer().primary(),
    // The database deletes the documents of a member; their objects are reclaimed all the same.
    member: () => p.manyToOne(Member).deleteRule('cascade'),
    file: fileField({
      storage: 'private',
      uploadTo: 'documents/%Y/',
      maxSize: 2_000_000_000,
    }),
    addedAt: p.datetime().onCreate(() => new Date()),
  }),
});

export type Document = InferEntity<typeof Document>;
