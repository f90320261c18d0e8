import type { EntityMetadata } from '@mikro-orm/core';
import type { Database } from '../journal/database.ts';

/** How a table of ours is mended. */
export const update = 'update the schema: migration:create and migration:up, or schema:update';

/** The columns that a table of ours should have and has not; all where it is not there. */
export async function lackingColumns(
  database: Database,
  schema: string,
  { tableName, properties }: Pick<EntityMetadata, 'tableName' | 'properties'>,
): Promise<string[]> {
  const rows = await database.all<{ column: string }>(
    `select a.attname as "column" from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ? and c.relname = ? and a.attnum > 0 and not a.attisdropped`,
    [schema, tableName],
  );
  const there = new Set(rows.map(({ column }) => column));
  // Before discovery, where the property still is what the declaration says.
  return Object.values(properties)
    .map((property) => String(Reflect.get(property, 'fieldName')))
    .filter((column) => !there.has(column));
}

/** The names of the indexes of a table that can be used. */
export async function usableIndexes(
  database: Database,
  schema: string,
  table: string,
): Promise<Set<string>> {
  const rows = await database.all<{ name: string }>(
    `select i.relname as "name" from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
      join pg_catalog.pg_class c on c.oid = x.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ? and c.relname = ? and x.indisvalid`,
    [schema, table],
  );
  return new Set(rows.map(({ name }) => name));
}
