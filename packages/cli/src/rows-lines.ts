import { counted } from './output/counted.ts';

/** The part of a report about rows that is told alike. */
export interface RowsTold {
  readonly dryRun: boolean;
  readonly rows: number;
  readonly overtaken: number;
  readonly problems: readonly {
    readonly key: Readonly<Record<string, string>>;
    readonly value: string;
    readonly reason: string;
  }[];
  readonly more: number;
  readonly isComplete: boolean;
}

/** What `adopt` and `backfill` tell: each row that was left, then a sum. */
export function rowsLines(report: RowsTold, done: number, verb: string): string[] {
  const { rows, overtaken, problems, more, dryRun, isComplete } = report;
  const left = problems.length + more;
  const sum = [
    `${counted(rows, 'row')} looked at`,
    `${done} ${dryRun ? `to be ${verb}` : verb}`,
    ...(overtaken > 0 ? [`${overtaken} written by somebody else meanwhile`] : []),
    `${left} left as they are`,
  ];
  return [
    ...problems.map(({ key, value, reason }) => {
      const shown = Object.entries(key).map(([column, text]) => `${column} ${text}`);
      return `${shown.join(', ')} ${JSON.stringify(value)}: ${reason}`;
    }),
    ...(more > 0 ? [`and ${more} more, raise --limit to see them`] : []),
    sum.join(', '),
    ...next(report, left, isComplete),
  ];
}

/** That there is something to write is what a dry run is asked for. */
export function isBadRun({ dryRun, problems, more, isComplete }: RowsTold): boolean {
  return dryRun ? problems.length + more > 0 : !isComplete;
}

function next({ dryRun, rows }: RowsTold, left: number, isComplete: boolean): string[] {
  if (isComplete) return [];
  if (left > 0) return ['Run it again after these were seen to: rows that are done are left alone'];
  return [dryRun ? `Run it without --dry-run to write ${counted(rows, 'row')}` : 'Run it again'];
}
