import { journalSignatures } from './journal-functions.ts';
import { journalTable, prefix, variantWorkTable } from './journal-names.ts';
import { identifier, qualified } from './sql-text.ts';

/** Whom to grant, and where the journal is. */
export interface JournalGrantOptions {
  readonly role: string;
  /** The journal's schema. Default `public`. */
  readonly schema?: string;
}

/**
 * The statements that let a role run the library: it may call the journal's functions and nothing else. Whoever
 * only writes tables with files needs no right at all, and one role that owns everything needs no grants.
 */
export function journalGrants({ role, schema = 'public' }: JournalGrantOptions): string[] {
  return [
    `grant usage on schema ${identifier(schema)} to ${identifier(role)}`,
    ...journalSignatures(schema).map(
      (signature) => `grant execute on function ${signature} to ${identifier(role)}`,
    ),
  ];
}

/** Options of {@link workerGrants}. */
export interface WorkerGrantOptions extends JournalGrantOptions {
  /** Every table with file columns, of all applications on the database. */
  readonly tables: readonly GrantedTable[];
}

/** A table with file columns. */
export interface GrantedTable {
  /** Default `public`. */
  readonly schema?: string;
  readonly name: string;
  /** Whether image fields of it have variants or placeholders made in the background. Default `false`. */
  readonly makesVariants?: boolean;
}

/**
 * The statements that let a role be the worker: it writes the journal and reads every table with files; where it makes
 * variants, it also takes the work and lists in the rows what it made. Where a table has row level security it needs
 * BYPASSRLS too, which only a superuser can give.
 */
export function workerGrants({ role, schema = 'public', tables }: WorkerGrantOptions): string[] {
  const to = `to ${identifier(role)}`;
  const schemas = new Set([schema, ...tables.map((table) => table.schema ?? 'public')]);
  const journal = qualified(schema, journalTable);
  return [
    ...[...schemas].map((name) => `grant usage on schema ${identifier(name)} ${to}`),
    `grant select, insert, update, delete on ${journal} ${to}`,
    `grant usage on sequence ${qualified(schema, `${journalTable}_id_seq`)} ${to}`,
    `grant execute on function ${qualified(schema, `${prefix}identity`)}() ${to}`,
    ...tables.map(
      (table) =>
        `grant ${table.makesVariants === true ? 'select, update' : 'select'} on ${qualified(table.schema ?? 'public', table.name)} ${to}`,
    ),
    ...(tables.some(({ makesVariants }) => makesVariants) ? makerGrants(schema, to) : []),
  ];
}

/** Who makes variants announces them in the journal like any upload. */
function makerGrants(schema: string, to: string): string[] {
  const functions = ['schedule', 'renew', 'withdraw', 'entries'];
  return [
    ...journalSignatures(schema)
      .filter((signature) =>
        functions.some((name) => signature.includes(`${identifier(`${prefix}${name}`)}(`)),
      )
      .map((signature) => `grant execute on function ${signature} ${to}`),
    `grant select, update, delete on ${qualified(schema, variantWorkTable)} ${to}`,
  ];
}
