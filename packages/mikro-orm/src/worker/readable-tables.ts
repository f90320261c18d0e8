import type { Database } from '../journal/database.ts';
import { fileTables, type FileTable, type OwnTable } from './references.ts';

/** Why the references of some rows are not known; nothing may be deleted then. */
export class JudgingError extends Error {
  /** One sentence for each reason. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('; '), options);
    this.name = 'JudgingError';
    this.problems = problems;
  }
}

/** Lets what the transaction reads from here on fail where a policy would hide rows. */
export async function seeAllRows(tx: Database): Promise<void> {
  await tx.all(`select pg_catalog.set_config('row_security', 'off', true)`);
}

/**
 * Every table that carries our triggers, to be read completely in this transaction, or not at all.
 *
 * @throws {@link JudgingError} when a table of this process lacks its triggers, or one is of another version.
 */
export async function readableTables(
  tx: Database,
  ownTables: readonly OwnTable[],
): Promise<FileTable[]> {
  await seeAllRows(tx);
  const { tables, problems } = await fileTables(tx, ownTables);
  if (problems.length > 0) throw new JudgingError(problems);
  return tables;
}
