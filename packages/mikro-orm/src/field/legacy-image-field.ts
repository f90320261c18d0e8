import { Property } from '@mikro-orm/decorators/legacy';
import { imageProperty } from './field-property.ts';
import type { ImageFieldDeclaration, Measures, NumberKey } from './image-field-options.ts';

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
  Entity extends object,
  const Width extends string,
  const Height extends string,
>(
  options?: ImageFieldDeclaration<Entity, Width, Height>,
): <Target extends Entity>(
  target: Target & Measures<Target, Width, Height>,
  property: string,
) => void;
export function ImageField<Entity extends object>(
  options: ImageFieldDeclaration<Entity, NumberKey<Entity>, NumberKey<Entity>>,
): (target: Entity, property: string) => void;
export function ImageField<Entity extends object>(
  options: ImageFieldDeclaration<Entity> = {},
): (target: Entity, property: string) => void {
  return Property<Entity>(imageProperty<Entity>(options));
}
