import type { Database } from '../journal/database.ts';
import type { FileColumn } from '../journal/file-column.ts';
import { seeAllRows } from '../worker/readable-tables.ts';
import { fileTables, identifier, type FileTable, type OwnTable } from '../worker/references.ts';
import { stepsOf } from './switch-sql.ts';
import { documentValue, documentValues } from '../journal/document-values.ts';

/** What holds values under an alias, and what keeps them from being switched. */
export interface RowsToSwitch {
  /** Tables, with only the columns that can be switched. */
  readonly tables: readonly FileTable[];
  /** Values under the alias, those that cannot be switched too. */
  readonly count: number;
  /** Why rows cannot be switched, one sentence for each column. */
  readonly problems: readonly string[];
}

/** Looks through every table that carries our triggers, those of other applications too. */
export async function rowsToSwitch(
  database: Database,
  ownTables: readonly OwnTable[],
  alias: string,
): Promise<RowsToSwitch> {
  return await database.transaction(async (tx) => {
    await seeAllRows(tx);
    const { tables, problems } = await fileTables(tx, ownTables);
    const found: FileTable[] = [];
    let count = 0;
    for (const table of tables) {
      const columns: FileColumn[] = [];
      for (const column of table.columns) {
        const values = await valuesUnder(tx, table, column, alias);
        count += values;
        if (values === 0) continue;
        const problem = await problemOf(tx, table, column);
        if (problem === undefined) columns.push(column);
        else problems.push(problem);
      }
      if (columns.length > 0) found.push({ ...table, columns });
    }
    return { tables: found, count, problems };
  });
}

/** A name of a value, and where one that has it is: `schema.table.column`. */
export interface NameToSwitch {
  readonly name: string;
  readonly column: string;
}

/** Names of values under an alias in the order of UTF-8 bytes, so many of those after one. */
export async function namesToSwitch(
  database: Database,
  tables: readonly FileTable[],
  { alias, after, limit }: { alias: string; after: string; limit: number },
): Promise<NameToSwitch[]> {
  const params: unknown[] = [];
  const selects = tables.flatMap((table) =>
    table.columns.map((column) => {
      const { from, value, params: own } = valuesOf(table, column);
      params.push(`${table.schema}.${table.table}.${column.column}`, ...own, alias, after);
      return `select ${value} ->> 'name', ?::text from ${from} where ${value} ->> 'storage' = ? and (${value} ->> 'name') collate "C" > ?`;
    }),
  );
  if (selects.length === 0) return [];
  return await database.all<NameToSwitch>(
    `select r.name as "name", min(r.source) as "column" from (${selects.join(' union ')}) r (name, source)
    group by r.name order by r.name collate "C" limit ?`,
    [...params, limit],
  );
}

async function valuesUnder(
  database: Database,
  table: FileTable,
  column: FileColumn,
  alias: string,
): Promise<number> {
  const quoted = `t.${identifier(column.column)}`;
  if (column.storage !== undefined && column.storage !== alias) return 0;
  const { from, value, params } = valuesOf(table, column);
  const sql =
    column.storage === undefined
      ? `select count(*)::int as "count" from ${from} where ${value} ->> 'storage' = ? and ${value} ->> 'name' <> ''`
      : `select count(*)::int as "count" from ${from} where ${quoted} <> ''`;
  const asked = column.storage === undefined ? [...params, alias] : [];
  const [row] = await database.all<{ count: number }>(sql, asked);
  return row?.count ?? 0;
}

function valuesOf(
  { schema, table }: FileTable,
  { column, path }: FileColumn,
): { from: string; value: string; params: unknown[] } {
  const from = `${identifier(schema)}.${identifier(table)} t`;
  const value = `t.${identifier(column)}`;
  if (path === undefined) return { from, value, params: [] };
  const inside = `${from}, ${documentValues(`${value}::jsonb`, '?::jsonpath')}`;
  return { from: inside, value: documentValue, params: [path] };
}

async function problemOf(
  database: Database,
  { schema, table }: FileTable,
  { column, path, storage }: FileColumn,
): Promise<string | undefined> {
  const about = `Cannot switch rows of "${schema}"."${table}"`;
  if (storage !== undefined) {
    return `${about}: "${column}" holds names alone and its alias is the declaration's, switch by configuration`;
  }
  if (path !== undefined && stepsOf(path) === undefined) {
    return `${about}: the path ${path} of "${column}" is not understood, switch by configuration`;
  }
  const [found] = await database.all<{ type: string; isWritable: boolean }>(
    `select pg_catalog.format_type(a.atttypid, a.atttypmod) as "type",
      pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'update') as "isWritable"
    from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ? and c.relname = ? and a.attname = ? and not a.attisdropped`,
    [schema, table, column],
  );
  if (found?.isWritable !== true) return `${about}: the role lacks UPDATE on "${column}"`;
  if (found.type === 'jsonb') return undefined;
  return `${about}: "${column}" is ${found.type} and not jsonb, switch by configuration`;
}
