import type { Database } from '../journal/database.ts';
import { readableTables } from '../worker/readable-tables.ts';
import { identifier, type OwnTable } from '../worker/references.ts';
import { documentValue, documentValues } from '../journal/document-values.ts';

/**
 * The aliases of all values in all tables that carry our triggers; `null` stands for values that name none.
 *
 * @throws {@link JudgingError} when a table of this process lacks its triggers.
 */
export async function aliasesInUse(
  database: Database,
  ownTables: readonly OwnTable[],
): Promise<(string | null)[]> {
  return await database.transaction(async (tx) => {
    const tables = await readableTables(tx, ownTables);
    const params: unknown[] = [];
    const selects = tables.flatMap(({ schema, table, columns }) =>
      columns.map(({ column, path, storage }) => {
        const from = `${identifier(schema)}.${identifier(table)} t`;
        const value = `t.${identifier(column)}`;
        if (storage !== undefined) {
          params.push(storage);
          return `select ?::text where exists (select from ${from} where ${value} <> '')`;
        }
        if (path === undefined)
          return `select ${value} ->> 'storage' from ${from} where ${value} ->> 'name' <> ''`;
        params.push(path);
        return `select ${documentValue} ->> 'storage' from ${from}, ${documentValues(`${value}::jsonb`, '?::jsonpath')} where ${documentValue} ->> 'name' <> ''`;
      }),
    );
    if (selects.length === 0) return [];
    const rows = await tx.all<{ storage: string | null }>(
      `select distinct r.storage as "storage" from (${selects.join(' union ')}) r (storage)`,
      params,
    );
    return rows.map(({ storage }) => storage);
  });
}
