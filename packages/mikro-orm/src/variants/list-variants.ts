import type { VariantRow } from '@filefield/core';
import type { FieldTable } from '../adopt/field-table.ts';
import { isKeyed } from '../adopt/rows-in-order.ts';
import type { FileProperty } from '../discovery/file-property.ts';
import type { Database } from '../journal/database.ts';
import { identifier } from '../journal/sql-text.ts';
import type { OriginalPlace } from './original-places.ts';
import type { WantedVariants } from './wanted-variants.ts';

/** What is written beside an original. */
export interface Listing {
  readonly variants: Readonly<Record<string, VariantRow>>;
  readonly placeholder?: string | undefined;
  /** What is listed and not among these is dropped. */
  readonly current: WantedVariants['current'];
}

/**
 * Lists variants beside their original, where the very file is at its place still; those that others listed meanwhile
 * stay. The triggers take their names off the journal in the same statement.
 *
 * @returns whether it was.
 * @throws an error of the database, see `isReclaimedError`, when the object of one is being reclaimed.
 */
export async function listVariants(
  database: Database,
  { table, property }: { readonly table: FieldTable; readonly property: FileProperty },
  { keyed, way, row }: OriginalPlace,
  { variants, placeholder, current }: Listing,
): Promise<boolean> {
  const column = `t.${identifier(property.column.column)}`;
  const place = 'array(select pg_catalog.jsonb_array_elements_text(?::jsonb))';
  const steps = JSON.stringify(way);
  const [at, atParams] = way.length === 0 ? [column, []] : [`(${column} #> ${place})`, [steps]];
  const kept = `coalesce((select pg_catalog.jsonb_object_agg(v.key, v.value)
    from pg_catalog.jsonb_each(case pg_catalog.jsonb_typeof(${at} -> 'variants') when 'object' then ${at} -> 'variants' else '{}' end) v
    where ?::jsonb ->> v.key = v.value ->> 'name'), '{}')`;
  const keptParams = [...atParams, ...atParams, JSON.stringify(current)];
  const blurred = placeholder === undefined ? {} : { placeholder };
  const listed = `${at} || ?::jsonb || pg_catalog.jsonb_build_object('variants', ${kept} || ?::jsonb)`;
  const params = [...atParams, JSON.stringify(blurred), ...keptParams, JSON.stringify(variants)];
  const [value, valueParams] =
    way.length === 0
      ? [listed, params]
      : [`pg_catalog.jsonb_set(${column}, ${place}, ${listed})`, [steps, ...params]];
  const own = isKeyed(table, keyed);
  const rows = await database.all(
    `update ${table.name} t set ${identifier(property.column.column)} = ${value}
    where ${own.sql} and ${at} ->> 'name' = ? and ${at} ->> 'storage' = ? returning 1 as "listed"`,
    [...valueParams, ...own.params, ...atParams, row.name, ...atParams, row.storage],
  );
  return rows.length > 0;
}
