import type { FileRow } from '@filefield/core';
import { filePlaces, type PlacedRow } from '../adopt/file-places.ts';
import type { FieldTable } from '../adopt/field-table.ts';
import type { KeyedRow } from '../adopt/rows-in-order.ts';
import { holdsFile } from '../discovery/file-location.ts';
import type { FileProperty } from '../discovery/file-property.ts';
import { identifier } from '../journal/sql-text.ts';
import type { Database } from '../journal/database.ts';
import { seeAllRows } from '../worker/readable-tables.ts';

/** A place in a row that holds an original. */
export interface OriginalPlace extends PlacedRow {
  readonly keyed: KeyedRow;
}

/**
 * Every place of a field that holds an object; through the index on its names, where the column is the file.
 *
 * @throws an error of the database where a policy hides rows from the role: they would be taken for gone.
 */
export async function originalPlaces(
  database: Database,
  { table, property }: { readonly table: FieldTable; readonly property: FileProperty },
  object: Pick<FileRow, 'storage' | 'name'>,
): Promise<OriginalPlace[]> {
  const keys = table.keys.map(({ quoted }, index) => `t.${quoted}::text as "key${index}"`);
  const holds = holdsFile(property, object);
  const rows = await database.transaction(async (tx) => {
    await seeAllRows(tx);
    return await tx.all<Record<string, string>>(
      `select ${keys.join(', ')}, t.${identifier(property.column.column)}::text as "value" from ${table.name} t
      where ${holds.sql} and ${table.isOurs.sql}`,
      [...holds.params, ...table.isOurs.params],
    );
  });
  return rows.flatMap(({ value = '', ...row }) => {
    const keyed = { keys: table.keys.map((_, index) => row[`key${index}`] ?? ''), value };
    return placesIn(keyed, property).filter(
      (place) => place.row.name === object.name && place.row.storage === object.storage,
    );
  });
}

/** The places of one row. */
export function placesIn(keyed: KeyedRow, { column: { path } }: FileProperty): OriginalPlace[] {
  return filePlaces(JSON.parse(keyed.value), path).map((place) => ({ ...place, keyed }));
}
