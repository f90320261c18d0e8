import type { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import type { FileFieldBuilder, FileFieldOptions } from '@filefield/mikro-orm';
import type { EntityManager, EntityName, Options } from '@mikro-orm/postgresql';
import { UnderscoreNamingStrategy } from '@mikro-orm/postgresql';

/** What a column of files holds. */
export type Form = 'json' | 'name';

/** An object with a file in the property `file`. */
export interface Holder {
  file?: FieldFile | null | undefined;
}

/** A way to map a file to a table, and how the lifecycle reaches that file. */
export interface Mapping {
  /** The entity with the file. */
  readonly entity: EntityName;
  readonly entities: NonNullable<Options['entities']>;
  /** The statement that deletes all rows. */
  readonly deletion: string;
  readonly options?: Options;
  /** The values of a new entity with this file. */
  values(file: FieldFile): object;
  /** The object with the property `file`. */
  holder(entity: object): Holder;
  /** Finds the one entity. */
  find(em: EntityManager): Promise<object>;
}

/** A field in one of the forms that reclaims its objects, so that both forms behave the same. */
export function ownedFile(
  column: Form,
  options: FileFieldOptions & { readonly index?: boolean } = {},
): FileFieldBuilder {
  return fileField({ column, onDelete: 'reclaim', onReplace: 'reclaim', ...options });
}

/** Fills in what most mappings have in common. */
export function mapping(
  entity: EntityName,
  { table = 'doc', ...more }: Partial<Mapping> & { readonly table?: string } = {},
): Mapping {
  return {
    entity,
    entities: [entity as never],
    deletion: `delete from ${table}`,
    values: (file) => ({ file }),
    holder: (holder) => holder,
    find: (em) => em.findOneOrFail(entity, { title: 'x' }),
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
