import type { Database } from '../journal/database.ts';
import { journalTable } from '../journal/journal-names.ts';
import { qualified } from '../journal/sql-text.ts';
import { deadObjects } from '../reconcile/dead-objects.ts';
import { journalCounts } from '../worker/worker-stats.ts';
import type { CheckFinding } from './check-report.ts';
import { found } from './found.ts';

/** How late the oldest due row may be, in milliseconds: whoever reclaims by cron does so every hour or so. */
const late = 3_600_000;

/** Dead objects that are named. */
const named = 5;

/** Whether somebody reclaims, and what was given up. */
export async function checkJournal(
  database: Database,
  schema: string,
  aliases: readonly string[],
): Promise<CheckFinding[]> {
  const unknown = {
    what: 'the role cannot read the journal',
    state: 'unknown',
    fix: "check as the worker's role too",
  } as const;
  const journal = qualified(schema, journalTable);
  return [
    ...(await found('dead letters', unknown, async () => {
      const dead = await deadObjects(database, journal, aliases, named);
      if (dead.length === 0) return [{ state: 'good', message: 'nothing was given up' }];
      const { dead: count } = await journalCounts(database, journal, aliases);
      const shown = dead.map(({ storage, name, error }) => `"${name}" in "${storage}" (${error})`);
      return [
        {
          state: 'advice',
          message: `the worker gave up ${count} objects, such as ${shown.join(', ')}`,
          breaks: 'they stay, and their names stay barred',
          fix: `remove the cause, then let them be tried again: update ${journal} set state = 1, attempts = 0, fence = null, due_at = now() where state = 3 and reason <> 'alias'`,
        },
      ];
    })),
    ...(await found('reclaiming', unknown, async () => {
      const { oldestDue, due, held } = await journalCounts(database, journal, aliases);
      const delay = oldestDue === undefined ? 0 : Date.now() - oldestDue.getTime();
      if (delay < late) {
        return [
          { state: 'good', message: `${due} objects are due, none for an hour; ${held} are held` },
        ];
      }
      return [
        {
          state: 'advice',
          message: `${due} objects are due, the oldest for ${Math.floor(delay / late)} hours`,
          breaks: 'nobody reclaims what rows let go of',
          fix: "run a worker: worker: 'auto' in a process that stays, filefield worker, or filefield drain by cron; files.worker.checkRights() says what keeps one off",
        },
      ];
    })),
  ];
}
