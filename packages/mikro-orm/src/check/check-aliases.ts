import type { Database } from '../journal/database.ts';
import { fileTables, identifier, type FileTable, type OwnTable } from '../worker/references.ts';
import type { CheckFinding } from './check-report.ts';
import { found } from './found.ts';
import { documentValue, documentValues } from '../journal/document-values.ts';

/** Rows of a table that are looked at, about. */
const sample = 100_000;

/**
 * Whether rows refer to aliases that nobody here has defined. Of large tables a sample of pages is looked at, and
 * PostgreSQL is given ten seconds for each.
 */
export async function checkAliases(
  database: Database,
  ownTables: readonly OwnTable[],
  aliases: readonly string[],
): Promise<CheckFinding[]> {
  const unknown = { what: 'rows cannot be looked at', state: 'unknown' } as const;
  let tables: readonly FileTable[] = [];
  const findings = await found('aliases', unknown, async () => {
    ({ tables } = await fileTables(database, ownTables));
    return [];
  });
  for (const table of tables) {
    const label = `"${table.schema}"."${table.table}"`;
    const isOwn = ownTables.some((own) => own.schema === table.schema && own.table === table.table);
    findings.push(
      ...(await found(`aliases of ${label}`, unknown, async () => {
        const { counts, isSample } = await countAliases(database, table);
        const foreign = counts.filter(({ alias }) => !aliases.includes(alias));
        if (foreign.length === 0)
          return [{ state: 'good', message: 'its files lie in storages that are defined' }];
        const shown = foreign.map(({ alias, count }) => `"${alias}" (${count})`).join(', ');
        return [
          {
            state: isOwn ? 'bad' : 'advice',
            message: `files refer to storages that are not defined here: ${shown}${isSample ? ', in a sample of the rows' : ''}`,
            breaks: isOwn
              ? 'their URLs and bytes cannot be had, and no object of that name is reclaimed'
              : 'no object of that name is reclaimed by this process',
            fix: 'define these aliases as they were, or migrate the files: files.migrate()',
          },
        ];
      })),
    );
  }
  return findings;
}

interface AliasCount {
  readonly alias: string;
  readonly count: number;
}

async function countAliases(
  database: Database,
  { schema, table, columns }: FileTable,
): Promise<{ counts: AliasCount[]; isSample: boolean }> {
  return await database.transaction(async (tx) => {
    await tx.all(`select pg_catalog.set_config('statement_timeout', '10s', true)`);
    const [size] = await tx.all<{ rows: number }>(
      `select c.reltuples::float8 as "rows" from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ? and c.relname = ?`,
      [schema, table],
    );
    const rows = size?.rows ?? 0;
    const isSample = rows > sample;
    const sampled = isSample ? ` tablesample system (${((100 * sample) / rows).toFixed(4)})` : '';
    const from = `${identifier(schema)}.${identifier(table)} t${sampled}`;
    const params: unknown[] = [];
    const selects = columns.map(({ column, path, storage }) => {
      const value = `t.${identifier(column)}`;
      if (storage !== undefined) {
        params.push(storage);
        return `select ?::text from ${from} where ${value} <> ''`;
      }
      if (path === undefined)
        return `select ${value} ->> 'storage' from ${from} where ${value} is not null`;
      params.push(path);
      return `select ${documentValue} ->> 'storage' from ${from}, ${documentValues(`${value}::jsonb`, '?::jsonpath')} where pg_catalog.jsonb_typeof(${documentValue}) = 'object'`;
    });
    const counts = await tx.all<AliasCount>(
      `select a.alias as "alias", count(*)::int as "count" from (${selects.join(' union all ')}) a (alias)
      where a.alias is not null group by 1 order by 2 desc, 1`,
      params,
    );
    return { counts, isSample };
  });
}
