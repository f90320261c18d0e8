import { fileField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';

/** Documents with two files and children. */
export const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string().unique(),
    file: fileField().nullable(),
    thumb: fileField({ storage: 'other', uploadTo: 'thumbs/' }).nullable(),
    parent: () => p.manyToOne(Doc).nullable().deleteRule('cascade'),
    children: () => p.oneToMany(Doc).mappedBy('parent').orphanRemoval(),
  }),
});
export type Doc = InferEntity<typeof Doc>;
