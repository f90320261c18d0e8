import { StorageOptionsError } from '@filefield/core';
import type { MetadataStorage, TriggerDef } from '@mikro-orm/core';
import { interval, type Duration } from '../duration.ts';
import type { FileColumn } from './file-column.ts';
import { fileIndex } from './file-index.ts';
import { fileTriggers } from './file-triggers.ts';
import { prefix } from './journal-names.ts';

/** A column with files of a table that MikroORM does not manage. */
export interface TriggeredColumn {
  /** Its name in the database. */
  readonly column: string;
  /** The alias, where the column holds only names (`varchar`). Default: its values are `jsonb` and say it. */
  readonly storage?: string | undefined;
  /** The name that rows hold by default and do not own, where `storage` is set. Default: none. */
  readonly default?: string | undefined;
  /** What becomes of the file when its row is deleted. Default `reclaim`; of names `keep`, because another program may use them again. */
  readonly onDelete?: 'reclaim' | 'keep' | undefined;
  /** What becomes of the file when an UPDATE takes it out of its row. Default as {@link onDelete}. */
  readonly onReplace?: 'reclaim' | 'keep' | undefined;
  /** Whether its values list variants, as those of image fields do: these are kept as long as they are listed here. Default `false`. */
  readonly variants?: boolean | undefined;
}

/** A table that MikroORM does not manage. */
export interface TriggeredTable {
  /** Default `public`; of `files.triggerSql()` the ORM's. */
  readonly schema?: string | undefined;
  readonly table: string;
  readonly columns: readonly TriggeredColumn[];
}

/** Options of {@link fileTriggerSql}. */
export interface FileTriggerSqlOptions extends TriggeredTable {
  /** How long a vanished file stays before it is reclaimed. Default `24h`. */
  readonly grace?: Duration | undefined;
  /** The schema of the journal. Default `public`. */
  readonly journalSchema?: string | undefined;
}

/**
 * The statements that make the journal follow a table which MikroORM does not manage: its triggers with their functions,
 * and the index on each column. To be run in this order, once or again, by the owner of the table on a database that has
 * the journal; an element may hold several statements. Afterwards every worker counts what the table refers to.
 *
 * @throws {@link StorageOptionsError} when `grace` is no duration, or a column of names is to list variants.
 */
export function fileTriggerSql(options: FileTriggerSqlOptions): string[] {
  const { schema = 'public', table, grace = '24h', journalSchema = 'public' } = options;
  const columns = options.columns.map(fileColumn);
  const on = { schema, name: table };
  const triggers = fileTriggers(on, columns, { journalSchema, grace: interval('grace', grace) });
  const indexes = columns.flatMap((column) => fileIndex(on, column)?.expression ?? []);
  return [...statements(triggers), ...indexes.map(repeatable)];
}

/** The statements of all tables of an ORM with files. */
export function ownTriggerSql(metadata: MetadataStorage): string[] {
  return [...metadata].flatMap(({ triggers, indexes }) => [
    ...statements(triggers.filter(({ name }) => name?.startsWith(prefix))),
    ...indexes.flatMap(({ name, expression }) =>
      name?.startsWith(prefix) && typeof expression === 'string' ? repeatable(expression) : [],
    ),
  ]);
}

function fileColumn({
  column,
  storage,
  default: shared,
  variants = false,
  ...after
}: TriggeredColumn): FileColumn {
  if (variants && storage !== undefined) {
    throw new StorageOptionsError(
      `Cannot follow variants in "${column}": a column of names lists none`,
    );
  }
  const { onDelete = storage === undefined ? 'reclaim' : 'keep', onReplace = onDelete } = after;
  return {
    column,
    ...(storage === undefined ? {} : { storage }),
    ...(shared === undefined ? {} : { default: shared }),
    ...(onDelete === 'keep' ? { keepOnDelete: true } : {}),
    ...(onReplace === 'keep' ? { keepOnReplace: true } : {}),
    ...(variants ? { variants: 'listed' } : {}),
  };
}

function statements(triggers: readonly TriggerDef[]): string[] {
  return triggers.flatMap(({ expression }) => expression ?? []);
}

function repeatable(createIndex: string): string {
  return createIndex.replace(/^create index /, 'create index if not exists ');
}
