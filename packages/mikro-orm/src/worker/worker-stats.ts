import type { Database } from '../journal/database.ts';
import type { WorkerEmitter } from './worker-events.ts';

/** What a worker has done since its process began. */
export interface WorkerCounts {
  /** Objects deleted. */
  readonly reclaimed: number;
  /** Their bytes, as far as the values told that were let go of. */
  readonly bytes: number;
  /** Deletions that failed, each attempt counted. */
  readonly failed: number;
  /** Objects given up. */
  readonly dead: number;
  /** Seconds from when an object became due until it was deleted, for 95 of a hundred of the last 1,000; from the commit it is the grace more. */
  readonly delay95: number | undefined;
}

/** What the journal lists now at the locations of this process. */
export interface JournalCounts {
  /** Due later. */
  readonly scheduled: number;
  /** Due, or leased by a worker. */
  readonly due: number;
  /** Since when the oldest of them has been due. */
  readonly oldestDue: Date | undefined;
  /** Kept on purpose. */
  readonly held: number;
  /** Given up by any worker. */
  readonly dead: number;
  /** Deleted, and their names still barred. */
  readonly tombstones: number;
}

/** Numbers for a log or a monitor. */
export interface WorkerStats extends WorkerCounts {
  readonly journal: JournalCounts;
}

const remembered = 1000;

/** Counts what a worker tells. */
export class WorkerCounter {
  readonly #delays: number[] = [];
  #reclaimed = 0;
  #bytes = 0;
  #failed = 0;
  #dead = 0;

  constructor(events: WorkerEmitter) {
    events.on('reclaimed', ({ size = 0, delay }) => {
      this.#reclaimed += 1;
      this.#bytes += size;
      if (delay !== undefined) this.#delays.push(delay);
      if (this.#delays.length > remembered) this.#delays.shift();
    });
    events.on('failed', ({ isDead }) => {
      this.#failed += 1;
      if (isDead) this.#dead += 1;
    });
  }

  get counts(): WorkerCounts {
    const delays = this.#delays.toSorted((a, b) => a - b);
    return {
      reclaimed: this.#reclaimed,
      bytes: this.#bytes,
      failed: this.#failed,
      dead: this.#dead,
      delay95: delays[Math.ceil(delays.length * 0.95) - 1],
    };
  }
}

interface CountsRow extends Omit<JournalCounts, 'oldestDue'> {
  readonly oldestDue: string | null;
}

/** Counts the rows of the journal under these aliases; reads all of it. */
export async function journalCounts(
  database: Database,
  journal: string,
  aliases: readonly string[],
): Promise<JournalCounts> {
  const [row] = await database.all<CountsRow>(
    `select count(*) filter (where j.state = 0 and j.due_at > now() and j.due_at < 'infinity')::int as "scheduled",
      count(*) filter (where j.state = 1 or (j.state = 0 and j.due_at <= now()))::int as "due",
      to_json(min(j.due_at) filter (where j.state < 2 and j.due_at <= now())) #>> '{}' as "oldestDue",
      count(*) filter (where j.state = 0 and j.due_at = 'infinity')::int as "held",
      count(*) filter (where j.state = 3)::int as "dead",
      count(*) filter (where j.state = 2)::int as "tombstones"
    from ${journal} j
    where j.reason <> 'alias' and j.storage in (select pg_catalog.jsonb_array_elements_text(?::jsonb))`,
    [JSON.stringify(aliases)],
  );
  const { oldestDue, ...counts } = row ?? nothing;
  return { ...counts, oldestDue: oldestDue === null ? undefined : new Date(oldestDue) };
}

const nothing = { scheduled: 0, due: 0, oldestDue: null, held: 0, dead: 0, tombstones: 0 };
