import {
  FieldDefinitionError,
  UnsupportedOperationError,
  type FileRow,
  type Storages,
} from '@filefield/core';
import { emptyIssue } from '@filefield/core/binding';
import type { FileProperty } from '../discovery/file-property.ts';
import type { Database } from '../journal/database.ts';
import { measureProperties } from '../image/measure-properties.ts';
import { identifier } from '../worker/references.ts';
import type { AdoptOptions, AdoptReport } from './adopt-report.ts';
import { fieldTable, type FieldTable } from './field-table.ts';
import { guardedUpdate } from './guarded-update.ts';
import { objectFacts, type ObjectFacts } from './object-facts.ts';
import { oldNames, shownValue } from './old-name.ts';
import { runRows, type RowOutcome } from './row-run.ts';
import { isKeyed, type KeyedRow } from './rows-in-order.ts';

/** What {@link adopt} and `backfill` work with. */
export interface AdoptHost {
  readonly database: Database;
  readonly storages: Storages;
  /** The schema of tables that name none. */
  readonly defaultSchema: string;
}

/** Takes over the files of a former column; see `FileFields.adopt()`. */
export async function adopt(
  host: AdoptHost,
  property: FileProperty,
  options: AdoptOptions,
): Promise<AdoptReport> {
  assertAdoptable(property);
  const { column, baseUrl, storage = property.type.settings.storage } = options;
  const nameOf = oldNames(baseUrl);
  host.storages.get(storage);
  const table = await fieldTable(host.database, property, host.defaultSchema);
  assertFormer(property, table, column);
  const columns = { former: identifier(column), file: identifier(property.column.column) };
  const one = new Adoption(host, { table, columns, property, storage, options });
  const run = {
    database: host.database,
    table,
    value: `t.${columns.former}::text`,
    where: { sql: `t.${columns.file} is null and t.${columns.former}::text <> ''`, params: [] },
    work: async (row: KeyedRow): Promise<RowOutcome> => {
      const old = nameOf(row.value);
      return 'flaw' in old ? { name: '', ...old } : await one.adopt(row, old.name);
    },
  };
  const { written, ...report } = await runRows(run, shownValue, options);
  return { ...report, adopted: written };
}

interface AdoptionOptions {
  readonly table: FieldTable;
  /** Quoted. */
  readonly columns: { readonly former: string; readonly file: string };
  readonly property: FileProperty;
  readonly storage: string;
  readonly options: AdoptOptions;
}

class Adoption {
  readonly #host: AdoptHost;
  readonly #options: AdoptionOptions;

  constructor(host: AdoptHost, options: AdoptionOptions) {
    this.#host = host;
    this.#options = options;
  }

  async adopt(row: KeyedRow, name: string): Promise<RowOutcome> {
    const { storage, property, options } = this.#options;
    const { checksum = true, dryRun = false, signal } = options;
    const filename = name.split('/').pop();
    const isRead = checksum && !dryRun;
    const facts = await objectFacts(this.#host.storages.get(storage), name, {
      filename,
      isRead,
      image: dryRun ? undefined : property.type.settings.image,
      signal,
    });
    if ('flaw' in facts) return { name, ...facts };
    if (facts.size === 0 && !property.type.settings.allowEmpty) {
      return { name, flaw: { kind: 'empty', reason: emptyIssue().message } };
    }
    const written = dryRun || (await this.#write(row, name, facts));
    if (typeof written === 'object') return { name, flaw: written };
    return { name, bytes: facts.size, isWritten: written };
  }

  async #write(
    row: KeyedRow,
    name: string,
    { modifiedAt, ...facts }: ObjectFacts,
  ): ReturnType<typeof guardedUpdate> {
    const { table, columns, property, storage, options } = this.#options;
    const file: FileRow = {
      storage,
      name,
      filename: name.split('/').pop() ?? name,
      ...facts,
      uploadedAt: modifiedAt.toISOString(),
      ...(options.owned === false && { owned: false }),
    };
    const own = isKeyed(table, row);
    const measures = measureProperties(property);
    const also = measures.map(({ column }) => `, ${identifier(column)} = ?`).join('');
    return await guardedUpdate(
      this.#host.database,
      `update ${table.name} t set ${columns.file} = ?::jsonb${also}
      where ${own.sql} and t.${columns.file} is null and t.${columns.former}::text = ?`,
      [JSON.stringify(file), ...measures.map(({ of }) => of(file)), ...own.params, row.value],
    );
  }
}

function assertAdoptable({ field, type, inDocument }: FileProperty): void {
  const { column, storage } = type.settings;
  if (column === 'name') {
    const reason = `nothing needs adopting: with column: 'name' it reads the names that the table holds`;
    throw new FieldDefinitionError(field, reason);
  }
  if (inDocument) {
    const reason = 'it lies in a JSON document, which has no former column';
    throw new UnsupportedOperationError(`adopt the files of ${field}`, storage, reason);
  }
}

function assertFormer({ field, column }: FileProperty, table: FieldTable, former: string): void {
  if (former === column.column) {
    const reason = `its own column cannot be the former one, give the field another fieldName than "${former}"`;
    throw new FieldDefinitionError(field, reason);
  }
  if (table.columns.has(former)) return;
  throw new FieldDefinitionError(field, `table "${table.label}" has no column "${former}"`);
}
