import type { TriggerDef } from '@mikro-orm/core';
import { type FileColumn, triggerArgument } from './file-column.ts';
import { prefix, truncateTrigger } from './journal-names.ts';
import { identifier, literal, qualified, shortHash } from './sql-text.ts';
import { type TriggerKind, triggerFunctions } from './trigger-functions.ts';

export type { FileColumn } from './file-column.ts';

/** The table that gets file triggers. */
export interface FileTable {
  /** Default `public`. */
  readonly schema?: string;
  readonly name: string;
}

/** What the triggers of all tables have in common. */
export interface FileTriggerOptions {
  /** The schema of the journal. Default `public`. */
  readonly journalSchema?: string;
  /** How long a vanished file stays before it is reclaimed, a PostgreSQL interval such as `24 hours`. */
  readonly grace: string;
}

/**
 * The triggers that settle the journal in the statement that writes a file column; push them to `meta.triggers`.
 * Their names are hashes of all they do, because MikroORM compares triggers by name only; each carries a
 * {@link FileTriggerArgument} for the worker. DELETE brings along the trigger of TRUNCATE, which MikroORM cannot see.
 * On a partitioned table they follow what is written through it, not what is written to a partition directly.
 */
export function fileTriggers(
  { schema = 'public', name }: FileTable,
  columns: readonly FileColumn[],
  { journalSchema = 'public', grace }: FileTriggerOptions,
): TriggerDef[] {
  if (columns.length === 0) return [];
  const functions = triggerFunctions(columns, { journalSchema, grace });
  const argument = triggerArgument(columns, { journalSchema, grace });
  const table = qualified(schema, name);

  const trigger = (
    kind: TriggerKind,
    event: 'insert' | 'update' | 'delete',
    referencing: string,
    more: readonly string[] = [],
  ): TriggerDef => {
    const { name: call, ddl } = functions[kind];
    const triggerName = `${prefix}${kind}_${shortHash([ddl, argument, ...more].join(';'))}`;
    const create = `create trigger ${identifier(triggerName)} after ${event} on ${table} referencing ${referencing} for each statement execute function ${call}(${literal(argument)})`;
    return {
      name: triggerName,
      timing: 'after',
      events: [event],
      forEach: 'statement',
      expression: [ddl, create, ...more.map((text) => text.replaceAll('\u0000', table))].join(
        ';\n',
      ),
    };
  };

  const truncate = `create or replace trigger ${identifier(truncateTrigger)} before truncate on \u0000 for each statement execute function ${functions.trunc.name}(${literal(argument)})`;
  return [
    trigger('ins', 'insert', 'new table as file_new'),
    trigger('upd', 'update', 'old table as file_old new table as file_new'),
    trigger('del', 'delete', 'old table as file_old', [
      ...keepsAliases(columns),
      functions.trunc.ddl,
      truncate,
    ]),
  ];
}

/**
 * A column of names means an alias that only the declaration knows. The TRUNCATE trigger, which MikroORM never drops,
 * remembers it: another alias for names that are there already would point all of them elsewhere. The same for a column
 * that held JSON: PostgreSQL casts it to a varchar, and cuts it.
 */
function keepsAliases(columns: readonly FileColumn[]): string[] {
  return columns.flatMap(({ column, storage }) => {
    if (storage === undefined) return [];
    const moved = `cannot change the storage of ${column} from "%s" to "${storage}": the table has files, migrate them first`;
    const cast = `cannot keep only the names in ${column}: the table has files of column: 'json', migrate them first`;
    const body = [
      'declare before text; taken boolean;',
      'begin',
      `select coalesce(c.value ->> 'storage', '') into before from pg_catalog.pg_trigger t,`,
      `pg_catalog.jsonb_array_elements(pg_catalog.convert_from(pg_catalog.substring(t.tgargs, 1, pg_catalog.octet_length(t.tgargs) - 1), 'UTF8')::jsonb -> 'columns') c`,
      `where t.tgrelid = ${literal('\u0000')}::pg_catalog.regclass and t.tgname = ${literal(truncateTrigger)} and t.tgnargs = 1 and c.value ->> 'column' = ${literal(column)};`,
      `if before is not null and before <> ${literal(storage)} then`,
      `execute ${literal(`select exists (select from \u0000 where coalesce(${identifier(column)}, '') <> '')`)} into taken;`,
      `if taken then raise exception using errcode = 'object_not_in_prerequisite_state', message = case before when '' then ${literal(cast)} else pg_catalog.format(${literal(moved)}, before) end; end if;`,
      'end if;',
      'end',
    ];
    return [`do $do$ ${body.join(' ')} $do$`];
  });
}
