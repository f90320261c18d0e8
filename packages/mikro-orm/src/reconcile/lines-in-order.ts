import type { Database } from '../journal/database.ts';
import { listedVariants } from '../journal/listed-variants.ts';
import type { Place } from '../worker/places.ts';
import { identifier, type FileTable } from '../worker/references.ts';
import type { NameLine } from './match-by-name.ts';
import { documentValue, documentValues } from '../journal/document-values.ts';

/** What {@link linesInOrder} asks of. */
export interface LinesRequest {
  /** The journal's table, quoted and qualified. */
  readonly journal: string;
  readonly tables: readonly FileTable[];
  readonly place: Place;
  /** Every alias of this process: one that it does not know may mean any place. */
  readonly known: readonly string[];
}

interface LineRow {
  readonly storage: string | null;
  readonly name: string;
  readonly column: string | null;
  readonly size: string | null;
}

const fetched = 2000;

/**
 * Every value that refers, or may refer, to an object of a place, every variant that these list, and every row of the journal about it, in the order
 * of UTF-8 bytes. PostgreSQL sorts, on its disk where need be; this process holds a page at a time.
 *
 * @param tx A transaction: the cursor lives in it, and sees the database as it was when the first line was asked for.
 */
export async function* linesInOrder(tx: Database, request: LinesRequest): AsyncGenerator<NameLine> {
  const { sql, params } = linesSql(request);
  const ours = new Set(request.place.aliases);
  await tx.all(`declare filefield_lines no scroll cursor for ${sql}`, params);
  let rows: LineRow[];
  do {
    rows = await tx.all<LineRow>(`fetch ${fetched} from filefield_lines`);
    for (const row of rows) yield lineOf(row, ours);
  } while (rows.length === fetched);
  await tx.all('close filefield_lines');
}

function lineOf({ storage, name, column, size }: LineRow, ours: ReadonlySet<string>): NameLine {
  if (column === null) return { name, kind: 'listed', column: '' };
  const kind = storage !== null && ours.has(storage) ? 'ours' : 'perhaps';
  return {
    name,
    kind,
    column,
    ...(size !== null && /^\d{1,15}$/.test(size) && { size: Number(size) }),
  };
}

function linesSql({ journal, tables, place, known }: LinesRequest): {
  sql: string;
  params: unknown[];
} {
  const params: unknown[] = [];
  const selects = tables.flatMap(({ schema, table, columns }) =>
    columns.flatMap(({ column, path, storage, variants }) => {
      const from = `${identifier(schema)}.${identifier(table)} t`;
      const value = `t.${identifier(column)}`;
      const label = `${schema}.${table}.${column}`;
      if (storage !== undefined) {
        params.push(storage, label);
        return `select ?::text, ${value}::text, ?::text, null::text from ${from} where ${value} is not null`;
      }
      const of = path === undefined ? [label] : [label, path];
      params.push(...of, ...(variants === undefined ? [] : of));
      const [one, values] =
        path === undefined
          ? [value, from]
          : [documentValue, `${from}, ${documentValues(`${value}::jsonb`, '?::jsonpath')}`];
      const originals = `select ${one} ->> 'storage', ${one} ->> 'name', ?::text, ${bytes(one)} from ${values} where ${one} is not null`;
      if (variants === undefined) return originals;
      const { from: entries, name } = listedVariants(one);
      return [
        originals,
        `select ${one} ->> 'storage', ${name}, ?::text, ${bytes('e.v')} from ${values}, ${entries}`,
      ];
    }),
  );
  params.push(
    JSON.stringify(place.locations),
    JSON.stringify(place.aliases),
    JSON.stringify(known),
  );
  const sql = `select r.storage as "storage", r.name as "name", r.source as "column", r.size as "size"
    from (${[
      ...selects,
      `select j.storage, j.name, null, null from ${journal} j where j.storage <> '' and (j.location is null or j.location in (select pg_catalog.jsonb_array_elements_text(?::jsonb)))`,
    ].join(' union all ')}) r (storage, name, source, size)
    where r.name <> '' and (r.storage is null or r.storage in (select pg_catalog.jsonb_array_elements_text(?::jsonb))
      or r.storage not in (select pg_catalog.jsonb_array_elements_text(?::jsonb)))
    order by r.name collate "C"`;
  return { sql, params };
}

/** What a value, or an entry of its variants, tells of the bytes that are stored. */
function bytes(value: string): string {
  return `coalesce(${value} ->> 'storedSize', ${value} ->> 'size')`;
}
