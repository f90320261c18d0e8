import type { FailPointOptions } from '../fail-points.ts';
import type { MigrateProgress, MigrateReport } from './migrate-report.ts';
import type { FactsSource } from './name-facts.ts';
import type { Route } from './route.ts';
import type { Throttle } from './throttle.ts';

/** One run of `files.migrate()`, and what its steps share. */
export interface MigrationRun extends FactsSource, FailPointOptions {
  /** Marks what this run has verified. */
  readonly id: string;
  readonly route: Route;
  readonly report: MigrateReport;
  readonly by: 'sha256' | 'size';
  /** Whether nothing is believed that an earlier run has verified: the source is to be deleted. */
  readonly isStrict: boolean;
  readonly concurrency: number;
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
  /** Ends the run. */
  readonly giveUp: (problem: string) => void;
  readonly tell: (progress: MigrateProgress) => void;
}

/** Findings of each kind that a report tells. */
export const findingsTold = 10_000;

/** Why something failed, fit for a report. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
