import type { FieldFile } from '@filefield/core';
import { p, type IType } from '@mikro-orm/core';
import { fileColumnType } from './field-column.ts';
import {
  blankDefault,
  fileFieldSettings,
  type FileFieldOptions,
  type FileFieldSettings,
} from './file-field-options.ts';
import type { NamedFile } from './named-file.ts';

/** A file property of `defineEntity`; chain `.nullable()`, `.hidden()`, `.lazy()` as on any other. */
export type FileFieldBuilder = ReturnType<typeof p.json<IType<FieldFile, string, FieldFile>>>;

/** A file property of `defineEntity` whose column holds only the name. */
export type NamedFileFieldBuilder = ReturnType<typeof p.json<NamedFile>>;

/** The same where an empty field is an empty string, never NULL. */
export type BlankFileFieldBuilder = ReturnType<
  ReturnType<typeof p.json<NamedFile | null>>['defaultRaw']
>;

type Options<Entity extends object> = FileFieldOptions<Entity> & { readonly index?: boolean };

/**
 * Declares a file field for `defineEntity`. Mistakes in the options fail when the ORM starts.
 *
 * @example
 * ```ts
 * const User = defineEntity({
 *   name: 'User',
 *   properties: (p) => ({
 *     id: p.integer().primary(),
 *     avatar: fileField({ storage: 'private', uploadTo: 'avatars/' }).nullable(),
 *   }),
 * });
 * ```
 */
export function fileField<Entity extends object = object>(
  options: Options<Entity> & { readonly column: 'name'; readonly default: '' },
): BlankFileFieldBuilder;
export function fileField<Entity extends object = object>(
  options: Options<Entity> & { readonly column: 'name' },
): NamedFileFieldBuilder;
export function fileField<Entity extends object = object>(
  options?: Options<Entity>,
): FileFieldBuilder;
export function fileField(options: Options<never> = {}): object {
  return fieldBuilder(fileFieldSettings(options));
}

/** The property of `defineEntity` for every kind of file field. */
export function fieldBuilder(settings: FileFieldSettings): object {
  const builder = p.type(fileColumnType(settings)).$type<FieldFile, string, FieldFile>();
  return settings.blank ? builder.defaultRaw(blankDefault) : builder;
}
