import type { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import type { FileFieldBuilder, FileFieldOptions } from '@filefield/mikro-orm';
import type { EntityName, Options } from '@mikro-orm/postgresql';
import { UnderscoreNamingStrategy } from '@mikro-orm/postgresql';

/** What a column of files holds. */
export type Form = 'json' | 'name';

/** An object with a file in the property `file`. */
export interface Holder {
  file?: FieldFile | null | undefined;
}

/** A statement that writes rows without a flush. */
export type Bulk = 'insertMany' | 'nativeUpdate' | 'upsert' | 'upsertMany' | 'qb.update';

/** A way to map a file to a table, and how the lifecycle reaches that file. */
export interface Mapping {
  /** The entity with the file. */
  readonly entity: EntityName;
  readonly entities: NonNullable<Options['entities']>;
  /** The table whose rows are deleted, quoted. */
  readonly table: string;
  /** From the entity to the file, as `files.stage()` takes it. */
  readonly path: string;
  /** What has to be populated to load the file. */
  readonly populate: readonly string[];
  /** The bulk statements that MikroORM has for this mapping. */
  readonly bulk: readonly Bulk[];
  readonly options?: Options;
  /** The values of a new entity but for its title and its file. */
  readonly keys: () => object;
  /** The values that hold the file. */
  readonly place: (file: FieldFile | null) => object;
  /** The object with the property `file`. */
  readonly holder: (entity: object) => Holder;
}

/** A field in one of the forms that reclaims its objects, so that both forms behave the same. */
export function ownedFile(
  column: Form,
  options: FileFieldOptions & { readonly index?: boolean } = {},
): FileFieldBuilder {
  return fileField({ column, onDelete: 'reclaim', onReplace: 'reclaim', ...options });
}

/** Fills in what most mappings have in common. */
export function mapping(entity: EntityName, more: Partial<Mapping> = {}): Mapping {
  const { path = 'file' } = more;
  const embeddables = path.split('.').slice(0, -1);
  return {
    entity,
    entities: [entity as never],
    table: 'doc',
    path,
    populate: [],
    bulk: ['insertMany', 'nativeUpdate', 'upsert', 'upsertMany', 'qb.update'],
    keys: () => ({}),
    place: (file) =>
      embeddables.reduceRight<object>((inner, step) => ({ [step]: inner }), { file }),
    holder: (root) => embeddables.reduce<object>((owner, step) => Reflect.get(owner, step), root),
    ...more,
  };
}

/** Names that PostgreSQL must be given in quotes. */
export class ShoutingNamingStrategy extends UnderscoreNamingStrategy {
  override classToTableName(name: string): string {
    return `THE ${name}`;
  }

  override propertyToColumnName(name: string): string {
    return `Its ${name}'s`;
  }
}
