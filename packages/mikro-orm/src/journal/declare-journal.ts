import type { EntityMetadata, EntitySchema } from '@mikro-orm/core';
import type { MikroORM, SchemaHelper } from '@mikro-orm/postgresql';
import type { FileColumn } from './file-column.ts';
import { fileIndex } from './file-index.ts';
import { fileJournal } from './file-journal.ts';
import { fileVariantWork, type FileVariantWork } from './file-variant-work.ts';
import { type FileTable, type FileTriggerOptions, fileTriggers } from './file-triggers.ts';
import { prefix } from './journal-names.ts';

/** The part of MikroORM that an extension's `register()` is given and that is used here. */
export type RegisteringOrm = Pick<MikroORM, 'config'>;

/**
 * Adds the journal to what MikroORM discovers; call it in `register()`. The user's own lists are not changed.
 *
 * @param schema The journal's schema. Default: the ORM's.
 */
export function declareJournal({ config }: RegisteringOrm, schema?: string): void {
  declareEntity(config, fileJournal(schema ?? config.get('schema') ?? 'public'));
  keepFunctions(config.getPlatform().getSchemaHelper());
}

/**
 * Adds the table of variants to be made; call it in `register()`. Which fields make variants is not known then: where
 * none does, take it out of the metadata in `afterDiscovered`.
 *
 * @param schema The journal's schema. Default: the ORM's.
 */
export function declareVariantWork(
  { config }: RegisteringOrm,
  schema?: string,
): EntitySchema<FileVariantWork> {
  const work = fileVariantWork(schema ?? config.get('schema') ?? 'public');
  declareEntity(config, work);
  return work;
}

function declareEntity(config: RegisteringOrm['config'], entity: EntitySchema): void {
  config.set('entities', [...config.get('entities'), entity]);
  // With `preferTs` MikroORM discovers this list alone.
  const entitiesTs = config.get('entitiesTs');
  if (entitiesTs.length > 0) config.set('entitiesTs', [...entitiesTs, entity]);
}

/** How a table with files is declared. */
export interface FileTableOptions extends FileTriggerOptions {
  /** The columns that get the index on their names. Default: all. */
  readonly indexed?: (column: FileColumn) => boolean;
}

/**
 * Adds the triggers and indexes of its file columns to an entity's metadata; call it in `afterDiscovered`, once for each table.
 *
 * @returns The names of the triggers: what the worker wants to find on the table.
 */
export function declareFileTable(
  meta: EntityMetadata,
  table: FileTable,
  columns: readonly FileColumn[],
  { indexed = () => true, ...options }: FileTableOptions,
): string[] {
  const triggers = fileTriggers(table, columns, options);
  meta.triggers.push(...triggers);
  meta.hasTriggers = true;
  for (const column of columns.filter(indexed)) {
    const index = fileIndex(table, column);
    const property = meta.props.find(({ fieldNames }) => fieldNames?.[0] === column.column);
    if (index && property) meta.indexes.push({ ...index, properties: [property.name] });
  }
  return triggers.flatMap(({ name }) => name ?? []);
}

const patched = new WeakSet<object>();

/**
 * MikroORM drops every function that is not one of its own "routines", and its snapshots forget routines, so that a
 * routine is created again by each migration: what it does not see, it leaves alone.
 */
function keepFunctions(helper: SchemaHelper | undefined): void {
  if (helper === undefined || patched.has(helper)) return;
  patched.add(helper);
  const getAllRoutines = helper.getAllRoutines.bind(helper);
  helper.getAllRoutines = async (connection, schemas) => {
    const routines = await getAllRoutines(connection, schemas);
    return routines.filter(({ name }) => !name.startsWith(prefix));
  };
}
