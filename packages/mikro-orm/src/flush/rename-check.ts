import { FileChangedError, type FileRow } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { holdsFile, isRow, tableName } from '../discovery/file-location.ts';
import type { FileProperty } from '../discovery/file-property.ts';
import type { Database } from '../journal/database.ts';
import type { ChangedFile } from './changed-files.ts';
import { wasInRow } from './original-files.ts';

/** A rename starts from the file that the row holds; it must still hold it when the new name is written. */
export interface RenameCheck {
  readonly entity: object;
  readonly property: FileProperty;
  readonly row: FileRow;
}

/** The check that a changed file asks for, if it is a rename of the row's own file. */
export function renameCheck({ entity, property, slot }: ChangedFile): RenameCheck | undefined {
  const origin = fileBinding.pending(slot.file)?.origin;
  if (origin?.kind !== 'rename') return undefined;
  // After a rollback MikroORM still remembers the row that was never committed.
  const tried = fileBinding.staged(slot.file)?.row;
  const isOwn = [origin.row, tried].some((row) => row && wasInRow(entity, property, row));
  if (!isOwn) return undefined;
  return { entity, property, row: origin.row };
}

/**
 * Locks the row and compares its file; run in the transaction of the rename.
 * @throws {@link FileChangedError} when somebody else gave the row another file, or deleted it.
 */
export async function assertUnchanged(
  database: Database,
  { entity, property, row }: RenameCheck,
  defaultSchema: string,
): Promise<void> {
  const own = isRow(entity, property);
  const holds = holdsFile(property, row);
  const table = tableName(entity, property, defaultSchema);
  const found = await database.all(
    `select 1 from ${table} where ${own.sql} and ${holds.sql} for update`,
    [...own.params, ...holds.params],
  );
  if (found.length === 0) throw new FileChangedError('rename', row);
}
