import { EntitySchema } from '@mikro-orm/core';
import { variantWorkTable } from './journal-names.ts';

/** An original whose variants are to be made; written by the triggers, one row or several for each. */
export interface FileVariantWork {
  id: string;
  /** Schema, table and column of the value, as they were called when it was written. */
  schemaName: string;
  tableName: string;
  columnName: string;
  /** Alias. */
  storage: string;
  /** Of the original. */
  name: string;
  /** Not before; whoever makes them puts it off, and so do failures. */
  dueAt: Date;
  attempts: number;
  lastError: string | null;
}

/**
 * Declares the table of variants to be made as an entity, so that schema updates and migrations create it.
 *
 * @param schema The journal's schema. Default `public`.
 */
export function fileVariantWork(schema = 'public'): EntitySchema<FileVariantWork> {
  return new EntitySchema<FileVariantWork>({
    name: 'FileVariantWork',
    tableName: variantWorkTable,
    schema,
    properties: {
      id: { type: 'bigint', fieldName: 'id', primary: true, autoincrement: true },
      schemaName: { type: 'text', fieldName: 'schema_name' },
      tableName: { type: 'text', fieldName: 'table_name' },
      columnName: { type: 'text', fieldName: 'column_name' },
      storage: { type: 'text', fieldName: 'storage' },
      name: { type: 'text', fieldName: 'name' },
      dueAt: {
        type: 'datetime',
        fieldName: 'due_at',
        columnType: 'timestamptz',
        defaultRaw: 'now()',
      },
      attempts: { type: 'smallint', fieldName: 'attempts', default: 0 },
      lastError: { type: 'text', fieldName: 'last_error', nullable: true },
    },
    indexes: [{ name: 'file_variant_work_due', properties: ['dueAt'] }],
  });
}
