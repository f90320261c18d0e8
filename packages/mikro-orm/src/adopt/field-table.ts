import { FieldDefinitionError } from '@filefield/core';
import type { EntityMetadata } from '@mikro-orm/core';
import { tableOf, type SqlCondition } from '../discovery/file-location.ts';
import type { FileProperty } from '../discovery/file-property.ts';
import type { Database } from '../journal/database.ts';
import { identifier } from '../worker/references.ts';

/** The table of a field, as statements name it; `t` is its alias. */
export interface FieldTable {
  /** Schema and table, quoted. */
  readonly name: string;
  /** `schema.table`, for messages. */
  readonly label: string;
  /** The columns of the primary key. */
  readonly keys: readonly KeyColumn[];
  /** The names of all columns. */
  readonly columns: ReadonlySet<string>;
  /** Which rows are the entity's: of a single table with several kinds not all. */
  readonly isOurs: SqlCondition;
}

/** A column of the primary key. */
export interface KeyColumn {
  readonly column: string;
  /** Quoted. */
  readonly quoted: string;
  /** As PostgreSQL writes it: `bigint`, `character varying(30)`. */
  readonly type: string;
}

/**
 * Finds the table of a field.
 * @throws {@link FieldDefinitionError} when it is not there, or lacks the column of its field or its primary key.
 */
export async function fieldTable(
  database: Database,
  property: FileProperty,
  defaultSchema: string,
): Promise<FieldTable> {
  const owner = tableOf(property);
  const schema = owner.schema ?? defaultSchema;
  const label = `${schema}.${owner.tableName}`;
  const rows = await database.all<{ column: string; type: string }>(
    `select a.attname as "column", pg_catalog.format_type(a.atttypid, a.atttypmod) as "type"
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ? and c.relname = ? and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
    [schema, owner.tableName],
  );
  const types = new Map(rows.map(({ column, type }) => [column, type]));
  const keyColumns = owner.getPrimaryProps().flatMap(({ fieldNames }) => fieldNames);
  for (const column of [property.column.column, ...keyColumns]) {
    if (types.has(column)) continue;
    const reason = `table "${label}" has no column "${column}", update the schema`;
    throw new FieldDefinitionError(property.field, reason);
  }
  return {
    name: `${identifier(schema)}.${identifier(owner.tableName)}`,
    label,
    keys: keyColumns.map((column) => ({
      column,
      quoted: identifier(column),
      type: types.get(column) ?? 'text',
    })),
    columns: new Set(types.keys()),
    isOurs: ofKind(property.meta),
  };
}

/** Rows of an entity that shares its table: its own kind and those that extend it. */
function ofKind({ root, class: kind }: EntityMetadata): SqlCondition {
  const { discriminatorColumn: property, discriminatorMap = {} } = root;
  if (property === undefined || root.class === kind) return { sql: 'true', params: [] };
  const column = root.properties[property]?.fieldNames[0] ?? property;
  const kinds = Object.entries(discriminatorMap)
    .filter(([, other]) => other === kind || other.prototype instanceof kind)
    .map(([value]) => value);
  return {
    sql: `t.${identifier(column)}::text in (select pg_catalog.jsonb_array_elements_text(?::jsonb))`,
    params: [JSON.stringify(kinds)],
  };
}
