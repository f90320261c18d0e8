import type { MetadataStorage } from '@mikro-orm/core';
import { fieldTable, type FieldTable } from '../adopt/field-table.ts';
import { tableOf } from '../discovery/file-location.ts';
import { fileProperties, type FileProperty } from '../discovery/file-property.ts';
import type { Database } from '../journal/database.ts';
import type { VariantField } from './variant-making.ts';
import type { WorkColumn } from './variant-work.ts';
import { needsEngine } from './wanted-variants.ts';

/** The image fields of an ORM whose columns can list variants. */
export class VariantFields {
  readonly #properties: readonly FileProperty[];
  readonly #defaultSchema: string;
  readonly #tables = new Map<FileProperty, FieldTable>();

  constructor(metadata: MetadataStorage, defaultSchema: string) {
    this.#properties = [...metadata]
      .filter((meta) => !meta.embeddable && !meta.virtual && !meta.view)
      .flatMap((meta) => fileProperties(meta))
      .filter(
        ({ type: { settings } }) => settings.image !== undefined && settings.column === 'json',
      );
    this.#defaultSchema = defaultSchema;
  }

  /** By what links call it: `Entity.property`. */
  named(field: string): FileProperty | undefined {
    return this.#properties.find((property) => property.field === field);
  }

  /** Those of a column: several where it holds a document with several images. */
  at({ schema, table, column }: WorkColumn): readonly FileProperty[] {
    const sought = JSON.stringify([schema, table, column]);
    const found = this.#properties.filter((property) => {
      const at = this.#columnOf(property);
      return JSON.stringify([at.schema, at.table, at.column]) === sought;
    });
    // Entities that share a table: the root declares the columns of all.
    const byPath = Map.groupBy(found, ({ column: { path } }) => path);
    return [...byPath.values()].flatMap(
      (same) => same.find(({ meta }) => meta.root === meta) ?? same[0] ?? [],
    );
  }

  /** Those whose variants this process can make in the background. */
  columns(hasEngine: boolean): readonly WorkColumn[] {
    const columns = this.#properties.filter(isBackground).flatMap((property) => {
      const { image } = property.type.settings;
      const isAble = image !== undefined && (hasEngine || !needsEngine(image));
      return isAble ? [this.#columnOf(property)] : [];
    });
    return [...new Map(columns.map((column) => [JSON.stringify(column), column])).values()];
  }

  /** @throws {@link FieldDefinitionError} when the table is not there yet. */
  async fieldOf(database: Database, property: FileProperty): Promise<VariantField> {
    let table = this.#tables.get(property);
    if (table === undefined) {
      table = await fieldTable(database, property, this.#defaultSchema);
      this.#tables.set(property, table);
    }
    return { property, table };
  }

  #columnOf(property: FileProperty): WorkColumn {
    const { schema = this.#defaultSchema, tableName } = tableOf(property);
    return { schema, table: tableName, column: property.column.column };
  }
}

/** Whether the triggers write down its originals for a worker. */
function isBackground({ column }: FileProperty): boolean {
  return column.variants === 'made';
}
