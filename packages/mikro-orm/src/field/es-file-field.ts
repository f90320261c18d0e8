import type { FieldFile } from '@filefield/core';
import { Property } from '@mikro-orm/decorators/es';
import { fieldProperty } from './field-property.ts';
import type { FileFieldDeclaration } from './file-field-options.ts';

/**
 * Makes a property of an entity a file (ES decorators). Nullable unless `nullable: false`.
 *
 * @example
 * ```ts
 * @FileField({ storage: 'private', uploadTo: 'avatars/' })
 * avatar!: FieldFile | null;
 * ```
 */
export function FileField<Entity extends object>(
  options: FileFieldDeclaration<Entity> = {},
): (
  value: undefined,
  context: ClassFieldDecoratorContext<Entity, FieldFile | null | undefined>,
) => void {
  return Property<Entity>(fieldProperty(options));
}
