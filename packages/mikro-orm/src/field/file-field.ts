import type { FieldFile } from '@filefield/core';
import { p, type IType } from '@mikro-orm/core';
import { fileColumnType } from './field-column.ts';
import { fileFieldSettings, type FileFieldOptions } from './file-field-options.ts';

/** A file property of `defineEntity`; chain `.nullable()`, `.hidden()`, `.lazy()` as on any other. */
export type FileFieldBuilder = ReturnType<typeof p.json<IType<FieldFile, string, FieldFile>>>;

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
  options: FileFieldOptions<Entity> & { readonly index?: boolean } = {},
): FileFieldBuilder {
  return p
    .type(fileColumnType(fileFieldSettings(options)))
    .$type<FieldFile, string, FieldFile>();
}
