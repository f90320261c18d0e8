import type { ReconcileReport, WorkerStats } from '@filefield/mikro-orm';
import { html } from 'hono/html';
import type { DueObject, FieldUsage } from '../storage-usage.ts';
import { formatBytes } from './format-bytes.ts';
import { layout, type Html } from './layout.ts';

/** What an operator wants to know. */
export interface OperatorFacts {
  readonly stats: WorkerStats;
  readonly usage: readonly FieldUsage[];
  readonly due: readonly DueObject[];
  /** The last comparison of storages and database in this process. */
  readonly reconciled: { readonly at: Date; readonly report: ReconcileReport } | undefined;
}

/** The page for whoever runs the application. */
export function operatorPage({ stats, usage, due, reconciled }: OperatorFacts): Html {
  const { journal } = stats;
  return layout(
    'Operator',
    html`
      <h1>Operator</h1>
      ${table(
        'Storage usage',
        ['Field', 'Files', 'Size'],
        usage.map(({ field, files, bytes }) => [field, files, formatBytes(bytes)]),
      )}
      ${table(
        'Journal',
        ['State', 'Objects'],
        [
          ['Scheduled', journal.scheduled],
          ['Due', journal.due],
          ['Held', journal.held],
          ['Deleted, name barred', journal.tombstones],
          ['Given up', journal.dead],
        ],
      )}
      ${table(
        'Next to be deleted',
        ['Storage', 'Name', 'Why', 'Due'],
        due.map(({ storage, name, reason, dueAt }) => [storage, name, reason, moment(dueAt)]),
      )}
      ${table(
        'Worker',
        ['Since the start', 'Count'],
        [
          ['Deleted', stats.reclaimed],
          ['Size', formatBytes(stats.bytes)],
          ['Failed attempts', stats.failed],
          ['Oldest due', journal.oldestDue ? moment(journal.oldestDue) : 'none'],
        ],
      )}
      ${table('Last comparison', ['Found', 'Count'], reconciled ? found(reconciled) : [])}
      <form class="inline" method="post" action="/operator/reconcile">
        <button>Compare storages and database</button>
      </form>
    `,
  );
}

type Cell = string | number;

function found({ at, report }: NonNullable<OperatorFacts['reconciled']>): Cell[][] {
  return [
    ['When', moment(at)],
    ['Objects', report.objects],
    ['Orphans', report.orphans.length],
    ['Missing', report.missing.length],
    ['Unfinished uploads', report.unfinished.length],
    ...report.problems.map((problem) => ['Problem', problem]),
  ];
}

function table(caption: string, heads: readonly string[], rows: readonly Cell[][]): Html {
  return html`
    <div class="card scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${heads.map((head) => html`<th scope="col">${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
      ${rows.length === 0 ? html`<p class="help">Nothing.</p>` : ''}
    </div>
  `;
}

function moment(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
