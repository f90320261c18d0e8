import { Property } from '@mikro-orm/decorators/legacy';
import { imageProperty } from './field-property.ts';
import type { ImageFieldDeclaration, NumberKey } from './image-field-options.ts';

/**
 * Makes a property of an entity an image (`experimentalDecorators`): measured while it is uploaded, and refused unless it
 * is one. Nullable unless `nullable: false`.
 *
 * @example
 * ```ts
 * @ImageField({ uploadTo: 'photos/', widthProperty: 'photoWidth' })
 * photo!: FieldFile | null;
 *
 * @Property({ type: 'integer', nullable: true })
 * photoWidth!: number | null;
 * ```
 */
export function ImageField<
  Entity extends object = object,
  const Width extends string = never,
  const Height extends string = never,
>(
  options: ImageFieldDeclaration<
    Entity,
    Width | NumberKey<Entity>,
    Height | NumberKey<Entity>
  > = {},
): <Target extends Entity>(
  target: Target & ([Width | Height] extends [NumberKey<Target>] ? unknown : never),
  property: string,
) => void {
  return Property<Entity>(imageProperty<Entity>(options)) as (
    target: Entity,
    property: string,
  ) => void;
}
