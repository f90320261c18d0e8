import { Property } from '@mikro-orm/decorators/legacy';
import { fieldProperty } from './field-property.ts';
import type { FileFieldDeclaration } from './file-field-options.ts';

/**
 * Makes a property of an entity a file (`experimentalDecorators`). Nullable unless `nullable: false`.
 *
 * @example
 * ```ts
 * @FileField({ storage: 'private', uploadTo: 'avatars/' })
 * avatar!: FieldFile | null;
 * ```
 */
export function FileField<Entity extends object>(
  options: FileFieldDeclaration<Entity> = {},
): (target: Entity, property: string) => void {
  return Property<Entity>(fieldProperty(options));
}
