import type { PropertyOptions } from '@mikro-orm/core';
import { fileColumnType } from './file-column-type.ts';
import { fileFieldSettings, type FileFieldDeclaration } from './file-field-options.ts';

/** The one translation of a file field into MikroORM's property options, for every spelling of a declaration. */
export function fieldProperty<Entity extends object>(
  declaration: FileFieldDeclaration<Entity>,
): PropertyOptions<Entity> {
  const { storage, uploadTo, maxSize, allowEmpty, onDelete, onReplace, json, index, ...own } =
    declaration;
  // An empty field is null, so a decorated property is nullable unless it says otherwise.
  return { nullable: true, ...own, type: fileColumnType(fileFieldSettings(declaration)) };
}
