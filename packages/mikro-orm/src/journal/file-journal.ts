import { EntitySchema } from '@mikro-orm/core';
import { journalFunctions } from './journal-functions.ts';
import { deletingIndex, journalTable } from './journal-names.ts';
import { qualified, shortHash } from './sql-text.ts';

/**
 * Why a row is in the journal: `upload`, `copy`, `direct` are announced by writers, `claimed` is a direct upload that a
 * row has taken a copy of, `released` and `kept` come from the triggers, `orphan` from reconcile, `migrating` (held, until the
 * migration is settled) and `migrated` (its origin) from migrate, `alias` is a second lease of one place, `identity` the
 * journal's own id.
 */
export type JournalReason =
  | 'upload'
  | 'copy'
  | 'direct'
  | 'claimed'
  | 'released'
  | 'kept'
  | 'orphan'
  | 'migrating'
  | 'migrated'
  | 'alias'
  | 'identity';

/**
 * A row of the journal: an object to delete at `dueAt` unless a row references it.
 * One name may be listed several times in state 0. Where one of these is held (`dueAt` infinite, reason `kept`),
 * the name is kept on purpose: the others are dropped without touching the object.
 */
export interface FileJournalEntry {
  id: string;
  /** Alias. */
  storage: string;
  /** The place the alias meant to the writer; null where a trigger wrote the row. */
  location: string | null;
  name: string;
  uploadId: string | null;
  reason: JournalReason;
  /** 0 scheduled, 1 deleting (leased), 2 deleted (tombstone), 3 dead (gave up). */
  state: number;
  dueAt: Date;
  /** The value that vanished from its row, for restore. */
  value: unknown;
  attempts: number;
  lastError: string | null;
  /** Transaction id of the lease. */
  fence: string | null;
}

/**
 * Declares the journal as an entity, so that schema updates and migrations create it with its functions.
 *
 * @param schema The journal's schema. Default `public`.
 */
export function fileJournal(schema = 'public'): EntitySchema<FileJournalEntry> {
  const functions = journalFunctions(schema).join(';\n');
  // The functions travel with an index whose name carries their hash: MikroORM compares such indexes by name only,
  // and `create or replace` keeps the rights that were granted on them.
  const dueIndex = `file_journal_due_${shortHash(functions)}`;
  return new EntitySchema<FileJournalEntry>({
    name: 'FileJournal',
    tableName: journalTable,
    schema,
    properties: {
      id: { type: 'bigint', fieldName: 'id', primary: true, autoincrement: true },
      storage: { type: 'text', fieldName: 'storage' },
      location: { type: 'text', fieldName: 'location', nullable: true },
      name: { type: 'text', fieldName: 'name' },
      uploadId: { type: 'text', fieldName: 'upload_id', nullable: true },
      reason: { type: 'text', fieldName: 'reason', default: 'released' },
      state: { type: 'smallint', fieldName: 'state', default: 0 },
      dueAt: {
        type: 'datetime',
        fieldName: 'due_at',
        columnType: 'timestamptz',
        defaultRaw: 'now()',
      },
      value: { type: 'json', fieldName: 'value', columnType: 'jsonb', nullable: true },
      attempts: { type: 'smallint', fieldName: 'attempts', default: 0 },
      lastError: { type: 'text', fieldName: 'last_error', nullable: true },
      fence: { type: 'bigint', fieldName: 'fence', nullable: true },
    },
    checks: [{ name: 'file_journal_state', expression: 'state in (0, 1, 2, 3)' }],
    indexes: [
      { name: 'file_journal_name', properties: ['name'], type: 'hash' },
      {
        name: dueIndex,
        properties: ['dueAt'],
        expression: `${functions};\ncreate index "${dueIndex}" on ${qualified(schema, journalTable)} ("due_at")`,
      },
    ],
    uniques: [{ name: deletingIndex, properties: ['storage', 'name'], where: 'state > 0' }],
  });
}
