import { UnsupportedOperationError, type FileRow } from '@filefield/core';
import { wrap, type EntityMetadata } from '@mikro-orm/core';
import { identifier, literal, qualified } from '../journal/sql-text.ts';
import type { FileProperty } from './file-property.ts';

/** A piece of SQL with the values of its `?`. */
export interface SqlCondition {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** The table that holds the property's column: with table-per-type inheritance, the declaring entity's. */
export function tableOf({ meta, prop }: FileProperty): EntityMetadata {
  let owner = meta;
  const isOwn = (): boolean => owner.ownProps?.some(({ name }) => name === prop.name) ?? true;
  while (owner.tptParent !== undefined && !isOwn()) owner = owner.tptParent;
  return owner;
}

/** What a field is called by the entities that share its table, its own name first: what one prepares another may use. */
export function sharedFields(property: FileProperty): readonly string[] {
  const { meta, steps } = property;
  const names = [meta, meta.root, tableOf(property)].map(({ className }) => className);
  return names.map((name) => [name, ...steps].join('.'));
}

/** The quoted name of the table that holds an entity's file. */
export function tableName(
  entity: object,
  property: FileProperty,
  defaultSchema = 'public',
): string {
  const table = tableOf(property);
  return qualified(schemaOf(entity, table, defaultSchema), table.tableName);
}

/** A table that says its schema is nowhere else, whatever the entity manager was told. */
function schemaOf(entity: object, { schema }: EntityMetadata, defaultSchema: string): string {
  return schema ?? wrap(entity, true).getSchema() ?? defaultSchema;
}

/**
 * Only the table of the declared schema has triggers: a file in a table of the same name elsewhere would be reclaimed
 * while its row refers to it.
 * @throws {@link UnsupportedOperationError} when the entity lives in a schema that its entity manager was told.
 */
export function assertOwnSchema(
  entity: object,
  property: FileProperty,
  defaultSchema = 'public',
): void {
  const table = tableOf(property);
  const schema = schemaOf(entity, table, defaultSchema);
  const own = table.schema ?? defaultSchema;
  if (schema !== own) throw otherSchema(property, own, schema);
}

/** Says that a table of the same name in another schema has no triggers. */
export function otherSchema(
  property: FileProperty,
  own: string,
  schema: string,
): UnsupportedOperationError {
  const reason = `only "${tableOf(property).tableName}" in schema "${own}" has its triggers, not that in "${schema}"`;
  const { storage } = property.type.settings;
  return new UnsupportedOperationError(`save ${property.field}`, storage, reason);
}

/** Finds the row of an entity by its primary key. */
export function isRow(entity: object, property: FileProperty): SqlCondition {
  const columns = tableOf(property)
    .getPrimaryProps()
    .flatMap(({ fieldNames }) => fieldNames);
  const params: readonly unknown[] = wrap(entity, true).getPrimaryKeys(true) ?? [];
  return { sql: columns.map((column) => `${identifier(column)} = ?`).join(' and '), params };
}

/** Holds where the row still holds this very object in the property, or holds none where none is given. */
export function holdsFile(
  { column: { column, path, storage } }: FileProperty,
  file: FileRow | undefined,
): SqlCondition {
  const value = identifier(column);
  if (storage !== undefined) {
    return file === undefined
      ? { sql: `coalesce(${value}, '') = ''`, params: [] }
      : { sql: `${value} = ?`, params: [file.name] };
  }
  if (file === undefined) return { sql: `${value} is null`, params: [] };
  const params = [file.name, file.storage];
  if (path === undefined) {
    return { sql: `${value} ->> 'name' = ? and ${value} ->> 'storage' = ?`, params };
  }
  return {
    sql: `exists (select from jsonb_path_query(${value}, ${literal(path)}) v where v ->> 'name' = ? and v ->> 'storage' = ?)`,
    params,
  };
}
