import type { Database } from '../journal/database.ts';
import { variantWorkTable } from '../journal/journal-names.ts';
import type { WorkColumn } from './variant-work.ts';

/** What this role may do about variants. */
export interface VariantRights {
  /** Columns that it may read and write. */
  readonly columns: readonly WorkColumn[];
  /** What it lacks, one sentence each. */
  readonly problems: readonly string[];
}

/** Asks what the role may do; of a table that is not there yet it may nothing. */
export async function variantRights(
  database: Database,
  schema: string,
  columns: readonly WorkColumn[],
): Promise<VariantRights> {
  const [work] = await database.all<{ missing: string | null }>(
    `select (select pg_catalog.string_agg(p, ', ') from unnest(array['SELECT', 'UPDATE', 'DELETE']) p
      where not pg_catalog.has_table_privilege(c.oid, p)) as "missing"
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relname = '${variantWorkTable}' and n.nspname = ?`,
    [schema],
  );
  if (work === undefined) {
    const problem = `Cannot make variants yet: the table "${schema}"."${variantWorkTable}" is missing, update the schema`;
    return { columns: [], problems: [problem] };
  }
  if (work.missing !== null) {
    const problem = `Cannot make variants: the role lacks ${work.missing} on "${schema}"."${variantWorkTable}"`;
    return { columns: [], problems: [problem] };
  }
  const rows = await database.all<
    WorkColumn & { isReadable: boolean; isWritable: boolean; isWhole: boolean }
  >(
    `select n.nspname as "schema", c.relname as "table", a.attname as "column",
      pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as "isReadable",
      pg_catalog.has_column_privilege(c.oid, a.attnum, 'update') as "isWritable",
      not pg_catalog.row_security_active(c.oid) as "isWhole"
    from pg_catalog.jsonb_to_recordset(?::jsonb) w ("schema" text, "table" text, "column" text)
      join pg_catalog.pg_namespace n on n.nspname = w."schema"
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w."table"
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = w."column" and not a.attisdropped
    order by 1, 2, 3`,
    [JSON.stringify(columns)],
  );
  const problems = rows.flatMap(({ schema: owner, table, isReadable, isWritable, isWhole }) => {
    const missing = [...(isReadable ? [] : ['SELECT']), ...(isWritable ? [] : ['UPDATE'])].join(
      ', ',
    );
    if (missing !== '')
      return [`Cannot make variants: the role lacks ${missing} on "${owner}"."${table}"`];
    if (isWhole) return [];
    return [
      `Cannot make variants: the role lacks BYPASSRLS, a policy hides rows of "${owner}"."${table}"`,
    ];
  });
  const able = rows.filter((row) => row.isReadable && row.isWritable && row.isWhole);
  return {
    columns: able.map(({ schema: owner, table, column }) => ({ schema: owner, table, column })),
    problems: [...new Set(problems)],
  };
}
