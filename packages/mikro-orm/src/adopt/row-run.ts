import { StorageOptionsError } from '@filefield/core';
import type { SqlCondition } from '../discovery/file-location.ts';
import type { Database } from '../journal/database.ts';
import type { RowsOptions, RowsReport } from './adopt-report.ts';
import { eachAtOnce } from './each-at-once.ts';
import type { FieldTable } from './field-table.ts';
import { RowProblems, type Flaw } from './row-problem.ts';
import { keyOf, rowsInOrder, type KeyedRow } from './rows-in-order.ts';

/** What became of a row. */
export type RowOutcome =
  | { readonly name: string; readonly bytes: number; readonly isWritten: boolean }
  | { readonly name: string; readonly flaw: Flaw };

/** Rows of a table, and what is done with each. */
export interface RowRun {
  readonly database: Database;
  readonly table: FieldTable;
  /** SQL of the text that the work wants to know of a row. */
  readonly value: string;
  /** Which rows are not done yet. */
  readonly where: SqlCondition;
  /** Which of them turn out to be done, and are not looked at. Default: none. */
  readonly isDone?: ((row: KeyedRow) => boolean) | undefined;
  readonly work: (row: KeyedRow) => Promise<RowOutcome>;
}

/**
 * Works through the rows of a table, so many at once, each by itself: nothing is remembered but the rows themselves.
 * @returns The report, and how many rows were written.
 */
export async function runRows(
  { database, table, value, where, isDone = () => false, work }: RowRun,
  shown: (value: string) => string,
  options: RowsOptions,
): Promise<RowsReport & { written: number }> {
  const { dryRun = false, concurrency = 8, limit = 1000, signal, onProgress } = options;
  assertWhole('concurrency', concurrency, 1);
  assertWhole('limit', limit, 0);
  const problems = new RowProblems(limit);
  const counts = { rows: 0, written: 0, bytes: 0, overtaken: 0 };
  let passed = 0;
  const total = onProgress === undefined ? 0 : await countRows(database, table, where);
  await eachAtOnce(rowsInOrder(database, table, { value, where }), concurrency, async (row) => {
    signal?.throwIfAborted();
    if (isDone(row)) {
      passed += 1;
      return;
    }
    const outcome = await work(row);
    counts.rows += 1;
    if ('flaw' in outcome) {
      problems.add({ key: keyOf(table, row), value: shown(row.value), ...outcome.flaw });
    } else if (outcome.isWritten) {
      counts.written += 1;
      counts.bytes += outcome.bytes;
    } else {
      counts.overtaken += 1;
    }
    onProgress?.({ done: passed + counts.rows, total, bytes: counts.bytes, name: outcome.name });
  });
  return {
    dryRun,
    ...counts,
    problems: problems.told,
    counts: problems.counts,
    more: problems.more,
    isComplete: counts.rows === 0 || (!dryRun && counts.written === counts.rows),
  };
}

async function countRows(
  database: Database,
  table: FieldTable,
  where: SqlCondition,
): Promise<number> {
  const [row] = await database.all<{ total: string }>(
    `select count(*)::text as "total" from ${table.name} t where ${where.sql} and ${table.isOurs.sql}`,
    [...where.params, ...table.isOurs.params],
  );
  return Number(row?.total ?? 0);
}

function assertWhole(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new StorageOptionsError(
    `Cannot use ${value} as ${option}: a whole number from ${least} is wanted`,
  );
}
