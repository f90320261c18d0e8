import type { Database } from '../journal/database.ts';
import type { Place } from './places.ts';

/** What is due, before anything is leased. */
export interface Survey {
  /** The places of this process at which something is due. */
  readonly due: readonly Place[];
  /** How many rows are due there. */
  readonly count: number;
  /** Due rows that this process may not execute, one sentence for each alias. */
  readonly problems: readonly string[];
}

/** Looks which places have due rows, and which due rows belong to no place of this process. */
export async function survey(
  database: Database,
  journal: string,
  places: readonly Place[],
): Promise<Survey> {
  const rows = await database.all<{ storage: string; location: string | null; count: number }>(
    `select j.storage as "storage", j.location as "location", count(*)::int as "count" from ${journal} j
    where j.due_at <= now() and j.state < 3 and j.reason <> 'alias' and j.storage <> '' group by 1, 2 order by 1, 2`,
  );
  const byAlias = new Map(places.flatMap((place) => place.aliases.map((alias) => [alias, place])));
  const due = new Set<Place>();
  const problems: string[] = [];
  let total = 0;
  for (const { storage, location, count } of rows) {
    const place = byAlias.get(storage);
    if (!place) {
      problems.push(
        `Cannot reclaim ${objects(count)} of storage "${storage}": this process has no such storage`,
      );
    } else if (location !== null && !place.locations.includes(location)) {
      problems.push(
        `Cannot reclaim ${objects(count)} of storage "${storage}": the alias meant another place when they were written`,
      );
    } else {
      due.add(place);
      total += count;
    }
  }
  return { due: [...due], count: total, problems };
}

function objects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}

/**
 * Seconds until something more is due at these places, or `undefined` when nothing is scheduled.
 *
 * @param elapsed Seconds since the look that the caller has done his work after: what became due meanwhile is due now.
 */
export async function secondsToNext(
  database: Database,
  journal: string,
  places: readonly Place[],
  elapsed: number,
): Promise<number | undefined> {
  const [next] = await database.all<{ seconds: number }>(
    `select extract(epoch from j.due_at - pg_catalog.clock_timestamp())::float8 as "seconds" from ${journal} j
    where j.due_at > now() - pg_catalog.make_interval(secs => ?) and j.due_at < 'infinity' and j.state < 3 and j.reason <> 'alias'
      and j.storage in (select pg_catalog.jsonb_array_elements_text(?::jsonb)) order by j.due_at limit 1`,
    [elapsed, JSON.stringify(places.flatMap((place) => place.aliases))],
  );
  return next?.seconds;
}
