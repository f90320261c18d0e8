import type { MigrateReport } from './migrate-report.ts';

/** What {@link nextStep} knows besides the report. */
export interface NextStepOptions {
  readonly isAborted: boolean;
  readonly switch: 'configuration' | 'rows';
  readonly deletesSource: boolean;
}

/** Tells the operator what comes next, in a sentence. */
export function nextStep(
  report: MigrateReport,
  { isAborted, switch: way, deletesSource }: NextStepOptions,
): string {
  const { from, to, conflicts, failed, problems, dryRun, isComplete, isSettled, scheduled } =
    report;
  const again = 'run it again, it goes on from there';
  if (isAborted) return `It was ended early: ${again}`;
  if (conflicts.length > 0) {
    return `Look at the ${counted(conflicts.length, 'conflict')}: rename or remove what has the name, and run it again`;
  }
  if (failed.length > 0) return `${counted(failed.length, 'object')} could not be copied: ${again}`;
  if (dryRun && problems.length > 0) return 'Look at the problems first';
  if (dryRun) {
    const what = way === 'rows' ? `, and ${counted(report.remainingRows, 'value')} switched` : '';
    return `Run it without dryRun: ${counted(report.copied, 'object')} would be copied${what}`;
  }
  if (way === 'rows' && report.missing.length > 0) {
    const gone = counted(report.missing.length, 'row');
    return `The files of ${gone} are gone: clear these fields, or bring the files back to "${from}", and run it again`;
  }
  if (!isComplete) return `Look at the problems, and ${again}`;
  if (problems.length > 0) return 'Look at the problems, and run it again';
  if (scheduled > 0) {
    return `The worker deletes ${counted(scheduled, 'object')} of "${from}" when the grace is over: keep the alias "${from}" until then`;
  }
  if (isSettled && !deletesSource) {
    return `No row means "${from}" any more: run it with deleteSource when you want no way back to it`;
  }
  if (way === 'rows' && !isSettled) {
    return `Rows under other aliases still mean the place of "${from}": switch these too, nothing is deleted there before`;
  }
  if (isSettled && way === 'rows') {
    return `Nothing that was switched is left to delete at "${from}": what no row referred to is still there`;
  }
  if (isSettled)
    return `Nothing is left to delete at "${from}": take the alias out of the configuration`;
  return (
    `Let the aliases that mean "${from}" read both places, fallbackStorage({ primary: "${to}", fallback: "${from}" }), and run it again ` +
    `when no process of the older configuration is left; once they mean "${to}" alone, a last run settles it`
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
