import type { Database } from '../journal/database.ts';
import { durableTransaction } from '../worker/journal-transaction.ts';
import { judgeRows } from '../worker/judge-rows.ts';
import type { JudgedRow } from '../worker/judge.ts';
import type { Place } from '../worker/places.ts';
import type { OwnTable } from '../worker/references.ts';
import type { Route } from './route.ts';

/** What {@link settleTarget} needs. */
export interface SettleOptions {
  readonly database: Database;
  /** The journal's table, quoted and qualified. */
  readonly journal: string;
  readonly places: readonly Place[];
  readonly ownTables: () => readonly OwnTable[];
  /** Milliseconds that an object stays which nothing refers to any more. */
  readonly grace: number;
  /** Told how many are done. */
  readonly onDone: (count: number) => void;
}

interface HeldRow extends JudgedRow {
  readonly wanted: boolean;
}

const pageSize = 1000;

/**
 * Gives up the holds of a migration at the target: an object that a row refers to is the row's, one that was wanted and
 * is not any more is scheduled as if its row had just let go of it, and one that nobody ever referred to stays the orphan
 * that it was.
 *
 * @throws {@link JudgingError} when references cannot be known; what was done by then stays done.
 */
export async function settleTarget(
  { to, source, target }: Route,
  { database, journal, places, ownTables, grace, onDone }: SettleOptions,
): Promise<void> {
  const { location } = target;
  const place = places.find(({ locations }) => locations.includes(location))?.location ?? location;
  let after = '0';
  for (;;) {
    const rows = await database.all<HeldRow>(
      `select j.id::text as "id", ?::text as "storage", ?::text as "location", j.name as "name",
        coalesce((j.value #>> '{migration,wanted}')::boolean, true) as "wanted"
      from ${journal} j where j.id > ?::bigint and j.location = ? and j.state + 0 = 0 and j.reason in ('migrating', 'kept')
        and j.value #>> '{migration,other}' = ? order by j.id limit ${pageSize}`,
      [to, place, after, target.location, source.location],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    const asked = { places, ownTables: ownTables() };
    const verdicts = await judgeRows(database, rows, asked);
    const referenced = rows.filter(({ id }) => verdicts.get(id) === 'referenced');
    const others = rows.filter(({ id }) => verdicts.get(id) !== 'referenced');
    // First due, then judged once more, then forgotten: whatever lets go of the object meanwhile finds a row that does
    // not hold it any more, and the worker one that it may take. The mark stays: to a worker of another configuration
    // the same values may mean the other place.
    await release(database, journal, to, referenced);
    const again = await judgeRows(database, referenced, asked);
    await forget(
      database,
      journal,
      referenced.filter(({ id }) => again.get(id) === 'referenced'),
    );
    await release(
      database,
      journal,
      to,
      others.filter(({ wanted }) => wanted),
      grace,
    );
    await forget(
      database,
      journal,
      others.filter(({ wanted }) => !wanted),
    );
    onDone(rows.length);
  }
}

async function release(
  database: Database,
  journal: string,
  to: string,
  rows: readonly HeldRow[],
  delay?: number,
): Promise<void> {
  if (rows.length === 0) return;
  await durableTransaction(database, async (tx) => {
    await tx.all(
      `update ${journal} set storage = ?, reason = 'released', due_at = now() + pg_catalog.make_interval(secs => ?),
        value = case when ? then value else value - 'migration' end
      where ${isOneOf} and state + 0 = 0`,
      [to, (delay ?? 0) / 1000, delay === undefined, idsOf(rows)],
    );
  });
}

async function forget(
  database: Database,
  journal: string,
  rows: readonly HeldRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await durableTransaction(database, async (tx) => {
    await tx.all(`delete from ${journal} where ${isOneOf} and state + 0 = 0`, [idsOf(rows)]);
  });
}

const isOneOf = `id = any (array(select pg_catalog.jsonb_array_elements_text(?::jsonb)::bigint))`;

function idsOf(rows: readonly HeldRow[]): string {
  return JSON.stringify(rows.map(({ id }) => id));
}

/**
 * Gives the source's own alias to what the journal lists at its location under an alias that means another place now:
 * no worker would look after it.
 */
export async function relabelSource(
  database: Database,
  journal: string,
  { from, source, sourceAliases }: Route,
): Promise<void> {
  await durableTransaction(database, async (tx) => {
    await tx.all(
      `update ${journal} j set storage = ? where j.location = ? and j.storage not in (select pg_catalog.jsonb_array_elements_text(?::jsonb))
        and j.reason not in ('alias', 'identity') and (j.state + 0 = 0 or (j.due_at <= now() or j.state + 0 > 1)
          and not exists (select from ${journal} k where k.storage = ? and k.name = j.name and k.state > 0))`,
      [from, source.location, JSON.stringify(sourceAliases), from],
    );
  });
}
