import { fileBinding, type StagedUpload } from '@filefield/core/binding';
import type { FieldFile } from '@filefield/core';
import type { Journal } from '../journal/journal.ts';
import type { SettledFile } from './upload-files.ts';

/** What listing uploads again needs from the extension. */
export interface ListAgainOptions {
  readonly journal: Journal;
  /** The place that an alias means to this process. */
  readonly location: (alias: string) => string;
  /** Milliseconds until they may be reclaimed. */
  readonly uploadTimeout: number;
}

/**
 * Lists uploads whose journal entries a rollback took along: where the database has one connection, the journal is
 * written in the transaction of the rows. The next flush finds the files staged, as after any rollback.
 */
export async function listAgain(
  files: readonly SettledFile[],
  { journal, location, uploadTimeout }: ListAgainOptions,
): Promise<void> {
  const uploads = files.flatMap(({ file, staged }) =>
    staged === undefined ? [] : [{ file, staged }],
  );
  for (const [storage, group] of Map.groupBy(uploads, ({ staged }) => staged.row.storage)) {
    const listed = await journal.listed(
      storage,
      group.map(({ staged }) => staged.row.name),
    );
    const missing = group.filter(({ staged }) => !listed.has(staged.row.name));
    const objects = missing.map(
      ({ staged }) =>
        ({
          storage,
          location: location(storage),
          name: staged.row.name,
          reason: 'upload',
        }) as const,
    );
    const tickets = await journal.schedule(objects, uploadTimeout);
    tickets.forEach(({ id, dueAt }, index) => {
      const upload = missing[index];
      if (upload !== undefined) stageAgain(upload, { id, expiresAt: dueAt.getTime() });
    });
  }
}

/** Unless the file was stored elsewhere meanwhile. */
function stageAgain(
  { file, staged }: { file: FieldFile; staged: StagedUpload },
  ticket: Pick<StagedUpload, 'id' | 'expiresAt'>,
): void {
  if (fileBinding.pending(file) === undefined || fileBinding.staged(file) !== staged) return;
  fileBinding.unsettle(file, { ...staged, ...ticket });
}
