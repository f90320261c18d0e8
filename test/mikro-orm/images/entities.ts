import { fileField, imageField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';

/** One measure declared before its image, one behind it, and images beside them. */
export const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    width: p.integer().nullable(),
    image: imageField({ widthProperty: 'width', heightProperty: 'height' }).nullable(),
    height: p.integer().fieldName('image_height').nullable(),
    thumb: imageField({ heightProperty: 'thumbHeight', applyOrientation: true }).nullable(),
    thumbHeight: p.integer().nullable(),
    drawing: imageField({ accept: ['image/*', 'image/svg+xml'], maxPixels: 10_000 }).nullable(),
    named: imageField({
      column: 'name',
      widthProperty: 'namedWidth',
      onDelete: 'reclaim',
    }).nullable(),
    namedWidth: p.integer().nullable(),
    file: fileField().nullable(),
  }),
});
export type Photo = InferEntity<typeof Photo>;
