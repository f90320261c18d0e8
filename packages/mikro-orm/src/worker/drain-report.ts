import type { VariantsReport } from '../variants/variants-report.ts';

/** What a worker did with the rows of the journal that were due. */
export interface DrainReport {
  /** Objects deleted. */
  reclaimed: number;
  /** Rows dropped because their objects are referenced. */
  kept: number;
  /** Rows put back: older transactions are still running, somebody holds the name, or only values refer to it that do not own it. */
  postponed: number;
  /** Objects whose deletion failed; they are tried again. */
  failed: number;
  /** Of those that failed, how many are given up. */
  dead: number;
  /** Tombstones whose time was over. */
  purged: number;
  /** Why something due was left alone, one sentence each. */
  problems: string[];
  /** What it did about variants; missing where no field of this process has any made in the background. */
  variants?: VariantsReport;
}

/** A report of nothing. */
export function emptyReport(): DrainReport {
  return { reclaimed: 0, kept: 0, postponed: 0, failed: 0, dead: 0, purged: 0, problems: [] };
}

/** Adds a problem, once. */
export function addProblem(report: DrainReport, problem: string): void {
  if (!report.problems.includes(problem)) report.problems.push(problem);
}
