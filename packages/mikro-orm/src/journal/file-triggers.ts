import type { TriggerDef } from '@mikro-orm/core';
import { type FileColumn, triggerArgument } from './file-column.ts';
import { prefix, truncateTrigger } from './journal-names.ts';
import { columnsOfTrigger, dropsOlder } from './older-triggers.ts';
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
    more: AroundTrigger = () => ({ before: [], after: [] }),
  ): TriggerDef => {
    const { name: call, ddl } = functions[kind];
    const { before, after } = more('');
    const text = [ddl, argument, ...before, ...after].join(';');
    const triggerName = `${prefix}${kind}_${shortHash(text)}`;
    const around = more(table);
    const expression = [
      ...around.before,
      ddl,
      dropsOlder(kind, table, triggerName, columns),
      `create or replace trigger ${identifier(triggerName)} after ${event} on ${table} referencing ${referencing} for each statement execute function ${call}(${literal(argument)})`,
      ...around.after,
    ];
    return {
      name: triggerName,
      timing: 'after',
      events: [event],
      forEach: 'statement',
      expression: expression.join(';\n'),
    };
  };

  return [
    trigger('ins', 'insert', 'new table as file_new'),
    trigger('upd', 'update', 'old table as file_old new table as file_new'),
    trigger('del', 'delete', 'old table as file_old', (on) => ({
      before: keepsMeaning(on, columns),
      after: [
        functions.trunc.ddl,
        `create or replace trigger ${identifier(truncateTrigger)} before truncate on ${on} for each statement execute function ${functions.trunc.name}(${literal(argument)})`,
      ],
    })),
  ];
}

/** Statements that travel with a trigger; the name of the table, quoted, is no part of the trigger's hash. */
type AroundTrigger = (table: string) => { before: readonly string[]; after: readonly string[] };

/**
 * A column of names means an alias, and a default that its rows do not own, which only the declaration knows. The
 * TRUNCATE trigger, which MikroORM never drops, remembers both: another alias for names that are there already would
 * point all of them elsewhere, and rows would begin to own, and reclaim, a former default. The same for a column that
 * held JSON: PostgreSQL casts it to a varchar, and cuts it.
 */
function keepsMeaning(table: string, columns: readonly FileColumn[]): string[] {
  return columns.flatMap((fileColumn) => {
    const { column, storage, default: shared, keepOnDelete, keepOnReplace } = fileColumn;
    if (storage === undefined) return [];
    const refuse = (reason: string, former: string): string =>
      `if taken then raise exception using errcode = 'object_not_in_prerequisite_state', message = pg_catalog.format(${literal(reason)}, ${literal(column)}, ${former}, ${literal(storage)}); end if;`;
    const moved =
      'cannot change the storage of %1$s from "%2$s" to "%3$s": the table has files, migrate them first';
    const cast =
      "cannot keep only the names in %1$s: the table has files of column: 'json', migrate them first";
    const owned =
      'cannot change the default of %1$s from "%2$s": rows hold it and would own it, change them first';
    const changesDefault = [
      `if before = ${literal(storage)} and shared <> ${literal(shared ?? '')} then`,
      `execute ${literal(`select exists (select from ${table} where ${identifier(column)} = $1)`)} into taken using shared;`,
      refuse(owned, 'shared'),
      'end if;',
    ];
    const body = [
      'declare before text; shared text; taken boolean;',
      'begin',
      `select coalesce(c.value ->> 'storage', ''), c.value ->> 'default' into before, shared from pg_catalog.pg_trigger t, ${columnsOfTrigger}`,
      `where t.tgrelid = ${literal(table)}::pg_catalog.regclass and t.tgname = ${literal(truncateTrigger)} and t.tgnargs = 1 and c.value ->> 'column' = ${literal(column)};`,
      `if before <> ${literal(storage)} then`,
      `execute ${literal(`select exists (select from ${table} where coalesce(${identifier(column)}, '') <> '')`)} into taken;`,
      `if before = '' then ${refuse(cast, 'before')} else ${refuse(moved, 'before')} end if;`,
      'end if;',
      ...(keepOnDelete === true && keepOnReplace === true ? [] : changesDefault),
      'end',
    ];
    return [`do $do$ ${body.join(' ')} $do$`];
  });
}
