import type { SchemaHelper } from '@mikro-orm/postgresql';
import { tableOf } from './file-location.ts';
import type { FileProperty } from './file-property.ts';

const patched = new WeakSet<object>();

/**
 * Lets PostgreSQL refuse to shorten a column that holds longer names. MikroORM writes a cast, which cuts them: the rows
 * would refer to nothing, and no trigger would hear of it.
 */
export function keepNamesWhole(
  helper: SchemaHelper | undefined,
  fields: readonly FileProperty[],
  defaultSchema: string,
): void {
  if (helper === undefined || patched.has(helper)) return;
  patched.add(helper);
  const names = new Set(
    fields
      .filter(({ column }) => column.storage !== undefined)
      .map((field) => {
        const { schema = defaultSchema, tableName } = tableOf(field);
        return JSON.stringify([schema, tableName, field.column.column]);
      }),
  );
  const original = helper.alterTableColumn.bind(helper);
  helper.alterTableColumn = (column, table, changed) => {
    const statements = original(column, table, changed);
    const from = table.getColumn(column.name)?.type ?? '';
    const key = JSON.stringify([table.schema ?? defaultSchema, table.name, column.name]);
    if (!names.has(key) || from.startsWith('json')) return statements;
    const cast = helper.castColumn(column.name, column.type);
    return statements.map((sql) => sql.replace(cast, ''));
  };
}
