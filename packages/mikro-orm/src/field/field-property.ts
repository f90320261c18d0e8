import type { PropertyOptions } from '@mikro-orm/core';
import { fileColumnType } from './field-column.ts';
import {
  blankDefault,
  fileFieldSettings,
  imageFieldSettings,
  type FileFieldDeclaration,
  type FileFieldSettings,
} from './file-field-options.ts';
import type { ImageFieldDeclaration } from './image-field-options.ts';

/** The one translation of a file field into MikroORM's property options, for every spelling of a declaration. */
export function fieldProperty<Entity extends object>(
  declaration: FileFieldDeclaration<Entity>,
  settings: FileFieldSettings = fileFieldSettings(declaration),
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
  const type = fileColumnType(settings);
  if (settings.blank) return { ...own, nullable: false, defaultRaw: blankDefault, type };
  // An empty field is null, so a decorated property is nullable unless it says otherwise.
  return { nullable: true, ...own, type };
}

/** The same of an image field. */
export function imageProperty<Entity extends object>(
  declaration: ImageFieldDeclaration<Entity>,
): PropertyOptions<Entity> {
  const { widthProperty, heightProperty, maxPixels, maxFrames, applyOrientation, ...more } =
    declaration;
  const { variants, generate, placeholder, ...rest } = more;
  return fieldProperty<Entity>(rest, imageFieldSettings(declaration));
}
