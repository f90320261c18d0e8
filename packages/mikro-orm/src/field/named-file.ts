import type { FieldFile } from '@filefield/core';
import type { IType, PrimaryKeyProp } from '@mikro-orm/core';

declare const impossible: unique symbol;

/**
 * The value of a field with `column: 'name'`: a `FieldFile` whose filters take the name, as in
 * `em.find(Doc, { file: 'docs/a.txt' })`. `fileField({ column: 'name' })` infers it; a decorated property is declared
 * with it. Only filters change: a value is still a `FieldFile`, and never a string.
 */
export type NamedFile = IType<
  // MikroORM lets a filter name an object by its key. A key that is a date may be spelled as a string in filters and
  // nowhere else; nobody can make this one.
  FieldFile & { readonly [PrimaryKeyProp]?: Date & { readonly [impossible]: never } },
  string,
  FieldFile
>;
