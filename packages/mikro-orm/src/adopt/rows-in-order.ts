import type { SqlCondition } from '../discovery/file-location.ts';
import type { Database } from '../journal/database.ts';
import type { FieldTable } from './field-table.ts';

/** A row by its primary key, and what was asked of it. */
export interface KeyedRow {
  /** Each column of the key as text, in the order of the table's. */
  readonly keys: readonly string[];
  readonly value: string;
}

const pageSize = 200;

/**
 * The rows of a table for which a condition holds, in the order of the primary key, a page at a time: memory does not
 * grow with the table, no transaction stays open, and rows that are written meanwhile are found or not.
 *
 * @param value SQL of the text that is wanted of each.
 */
export async function* rowsInOrder(
  database: Database,
  table: FieldTable,
  { value, where }: { readonly value: string; readonly where: SqlCondition },
): AsyncGenerator<KeyedRow> {
  const columns = table.keys.map(({ quoted }) => `t.${quoted}`);
  const selected = columns.map((column, index) => `${column}::text as "key${index}"`).join(', ');
  const placeholders = table.keys.map(({ type }) => `?::${type}`).join(', ');
  const order = columns.join(', ');
  let last: readonly string[] | undefined;
  do {
    const after = last === undefined ? '' : ` and (${order}) > (${placeholders})`;
    const rows = await database.all<Record<string, string>>(
      `select ${selected}, ${value} as "value" from ${table.name} t
      where ${where.sql} and ${table.isOurs.sql}${after} order by ${order} limit ${pageSize}`,
      [...where.params, ...table.isOurs.params, ...(last ?? [])],
    );
    const page = rows.map(({ value: found = '', ...row }) => ({
      keys: table.keys.map((_, index) => row[`key${index}`] ?? ''),
      value: found,
    }));
    yield* page;
    last = rows.length < pageSize ? undefined : page.at(-1)?.keys;
  } while (last !== undefined);
}

/** Finds a row by its primary key. */
export function isKeyed({ keys }: FieldTable, row: KeyedRow): SqlCondition {
  const conditions = keys.map(({ quoted, type }) => `t.${quoted} = ?::${type}`);
  return { sql: conditions.join(' and '), params: row.keys };
}

/** The primary key of a row by its columns. */
export function keyOf({ keys }: FieldTable, row: KeyedRow): Record<string, string> {
  return Object.fromEntries(keys.map(({ column }, index) => [column, row.keys[index] ?? '']));
}
