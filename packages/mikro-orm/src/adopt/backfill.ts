import { FieldDefinitionError, type FileRow } from '@filefield/core';
import type { FileProperty } from '../discovery/file-property.ts';
import { measureProperties } from '../image/measure-properties.ts';
import { identifier } from '../worker/references.ts';
import type { AdoptHost } from './adopt.ts';
import type { BackfillReport, RowsOptions } from './adopt-report.ts';
import { fieldTable, type FieldTable } from './field-table.ts';
import { filePlaces, type PlacedRow } from './file-places.ts';
import { guardedUpdate } from './guarded-update.ts';
import { objectFacts, type ObjectFacts } from './object-facts.ts';
import { shownValue } from './old-name.ts';
import type { Flaw } from './row-problem.ts';
import { runRows, type RowOutcome } from './row-run.ts';
import { isKeyed, type KeyedRow } from './rows-in-order.ts';
import { documentValue, documentValues } from '../journal/document-values.ts';

/** Fills in what rows do not tell of their objects; see `FileFields.backfill()`. */
export async function backfill(
  host: AdoptHost,
  property: FileProperty,
  options: RowsOptions,
): Promise<BackfillReport> {
  if (property.type.settings.column === 'name') {
    const reason = `column: 'name' keeps nothing but the name, there is nothing to fill in`;
    throw new FieldDefinitionError(property.field, reason);
  }
  const table = await fieldTable(host.database, property, host.defaultSchema);
  const filling = new Filling(host, property, table, options);
  const run = {
    database: host.database,
    table,
    value: `t.${identifier(property.column.column)}::text`,
    where: lacking(property, options.checksum ?? true),
    work: async (row: KeyedRow): Promise<RowOutcome> => await filling.fill(row),
  };
  const { written, ...report } = await runRows(run, namesIn(property), options);
  return { ...report, filled: written };
}

/** What is looked for: an object that a row does not own may be exchanged, and then another checksum would be right. */
function isLacking(row: FileRow, checksum: boolean, isImage: boolean): boolean {
  if (row.size === undefined || row.type === undefined) return true;
  if (isImage && isUnmeasured(row)) return true;
  return checksum && row.owned !== false && row.sha256 === undefined;
}

/** An SVG has no pixels. */
function isUnmeasured({ type, width, height }: FileRow): boolean {
  return type !== svg && (width === undefined || height === undefined);
}

const svg = 'image/svg+xml';

function lacking({ column: { column, path }, type }: FileProperty, checksum: boolean) {
  const unmeasured = (row: string): string =>
    type.settings.image === undefined
      ? ''
      : ` or (${row} ->> 'type' <> '${svg}' and (${row} -> 'width' is null or ${row} -> 'height' is null))`;
  const value = `t.${identifier(column)}`;
  const isIncomplete = (row: string): string =>
    `(${row} -> 'size' is null or ${row} -> 'type' is null${checksum ? ` or (${row} -> 'sha256' is null and ${row} ->> 'owned' is distinct from 'false')` : ''}${unmeasured(row)})`;
  if (path === undefined) {
    return { sql: `${value} ->> 'name' <> '' and ${isIncomplete(value)}`, params: [] };
  }
  return {
    sql: `exists (select from ${documentValues(value, '?::jsonpath')} where ${documentValue} ->> 'name' <> '' and ${isIncomplete(documentValue)})`,
    params: [path],
  };
}

class Filling {
  readonly #host: AdoptHost;
  readonly #property: FileProperty;
  readonly #table: FieldTable;
  readonly #options: RowsOptions;

  constructor(host: AdoptHost, property: FileProperty, table: FieldTable, options: RowsOptions) {
    this.#host = host;
    this.#property = property;
    this.#table = table;
    this.#options = options;
  }

  /** Fills in every file of the row; the first flaw is told, the others are filled in all the same. */
  async fill(keyed: KeyedRow): Promise<RowOutcome> {
    const { checksum = true } = this.#options;
    const { column, type } = this.#property;
    const isImage = type.settings.image !== undefined;
    const places = filePlaces(JSON.parse(keyed.value), column.path).filter(({ row }) =>
      isLacking(row, checksum, isImage),
    );
    let [bytes, isWritten, flaw]: [number, boolean, Flaw | undefined] = [0, true, undefined];
    for (const place of places) {
      const filled = await this.#fillOne(keyed, place);
      if (typeof filled !== 'number') flaw ??= filled.flaw;
      else if (filled === overtaken) isWritten = false;
      else bytes += filled;
    }
    const name = places.at(-1)?.row.name ?? '';
    return flaw === undefined ? { name, bytes, isWritten } : { name, flaw };
  }

  async #fillOne(
    keyed: KeyedRow,
    { way, row }: PlacedRow,
  ): Promise<number | { readonly flaw: Flaw }> {
    const { checksum = true, dryRun = false, signal } = this.#options;
    const { storages } = this.#host;
    if (!storages.has(row.storage)) {
      const reason = `storage "${row.storage}" is not defined`;
      return { flaw: { kind: 'storage', reason } };
    }
    const { image } = this.#property.type.settings;
    // Where only the measures are lacking, the head of the image is enough.
    const isRead = checksum && !dryRun && row.owned !== false && !isKnown(row, checksum);
    const facts = await objectFacts(storages.get(row.storage), row.name, {
      filename: row.filename,
      isRead,
      image: dryRun ? undefined : image,
      signal,
    });
    if ('flaw' in facts) return facts;
    if (row.size !== undefined && row.size !== facts.size) {
      const reason = `the object has ${facts.size} bytes, the row says ${row.size}`;
      return { flaw: { kind: 'changed', reason } };
    }
    const isCompared = facts.sha256 !== undefined && row.sha256 !== undefined;
    if (isCompared && facts.sha256 !== row.sha256) {
      const reason = 'the object has other bytes than the row says: its sha256 differs';
      return { flaw: { kind: 'changed', reason } };
    }
    const { modifiedAt: _, ...found } = facts;
    if (
      image !== undefined &&
      !dryRun &&
      isUnmeasured({ ...found, ...row }) &&
      isKnown(row, checksum)
    ) {
      return { flaw: { kind: 'image', reason: 'its object is no image that can be measured' } };
    }
    const written = dryRun || (await this.#write(keyed, { way, row }, found));
    if (typeof written === 'object') return { flaw: written };
    return written ? facts.size : overtaken;
  }

  /** Where the very file is at its place still; what the row tells already stays as it is. */
  async #write(
    keyed: KeyedRow,
    { way, row }: PlacedRow,
    found: Omit<ObjectFacts, 'modifiedAt'>,
  ): ReturnType<typeof guardedUpdate> {
    const column = identifier(this.#property.column.column);
    const place = 'array(select pg_catalog.jsonb_array_elements_text(?::jsonb))';
    const at = `t.${column} #> ${place}`;
    const own = isKeyed(this.#table, keyed);
    const steps = JSON.stringify(way);
    const filled = `?::jsonb || (${at})`;
    const [value, filling] =
      way.length === 0
        ? [filled, [JSON.stringify(found), steps]]
        : [
            `pg_catalog.jsonb_set(t.${column}, ${place}, ${filled})`,
            [steps, JSON.stringify(found), steps],
          ];
    const measures = measureProperties(this.#property);
    const also = measures.map(({ column: own }) => `, ${identifier(own)} = ?`).join('');
    const params = [...filling, ...measures.map(({ of }) => of({ ...found, ...row }))];
    return await guardedUpdate(
      this.#host.database,
      `update ${this.#table.name} t set ${column} = ${value}${also}
      where ${own.sql} and (${at}) ->> 'name' = ? and (${at}) ->> 'storage' = ?`,
      [...params, ...own.params, steps, row.name, steps, row.storage],
    );
  }
}

const overtaken = -1;

/** Whether nothing else is lacking, and writing would change nothing. */
function isKnown(row: FileRow, checksum: boolean): boolean {
  return !isLacking(row, checksum, false);
}

function namesIn({ column: { path } }: FileProperty): (value: string) => string {
  return (value) =>
    filePlaces(JSON.parse(value), path)
      .map(({ row }) => shownValue(row.name))
      .join(', ');
}
