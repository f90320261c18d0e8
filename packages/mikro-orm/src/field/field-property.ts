import type { PropertyOptions } from '@mikro-orm/core';
import { fileColumnType } from './field-column.ts';
import {
  blankDefault,
  fileFieldSettings,
  type FileFieldDeclaration,
} from './file-field-options.ts';

/** The one translation of a file field into MikroORM's property options, for every spelling of a declaration. */
export function fieldProperty<Entity extends object>(
  declaration: FileFieldDeclaration<Entity>,
): PropertyOptions<Entity> {
  const { storage, uploadTo, maxSize, allowEmpty, accept, validators, ...rest } = declaration;
  const {
    column,
    maxLength,
    naming,
    onDelete,
    onReplace,
    json,
    index,
    default: name,
    ...own
  } = rest;
  const settings = fileFieldSettings(declaration);
  const type = fileColumnType(settings);
  if (settings.blank) return { ...own, nullable: false, defaultRaw: blankDefault, type };
  // An empty field is null, so a decorated property is nullable unless it says otherwise.
  return { nullable: true, ...own, type };
}
