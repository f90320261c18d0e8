import type { FieldFile } from '@filefield/core';
import { Property } from '@mikro-orm/decorators/es';
import { imageProperty } from './field-property.ts';
import type { ImageFieldDeclaration, Measures, NumberKey } from './image-field-options.ts';

/**
 * Makes a property of an entity an image (ES decorators): measured while it is uploaded, and refused unless it is one.
 * Nullable unless `nullable: false`.
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
  value: undefined,
  context: Context<Target> & Measures<Target, Width, Height>,
) => void;
export function ImageField<Entity extends object>(
  options: ImageFieldDeclaration<Entity, NumberKey<Entity>, NumberKey<Entity>>,
): (value: undefined, context: Context<Entity>) => void;
export function ImageField<Entity extends object>(
  options: ImageFieldDeclaration<Entity> = {},
): (value: undefined, context: Context<Entity>) => void {
  return Property<Entity>(imageProperty<Entity>(options));
}

type Context<Entity> = ClassFieldDecoratorContext<Entity, FieldFile | null | undefined>;
