import type { Database } from '../journal/database.ts';
import { journalTransaction } from './journal-transaction.ts';
import type { LeasedRow } from './lease.ts';
import { leaseMinutes } from './lease.ts';
import { placesParameter, placesRow } from './places.ts';
import type { Place } from './places.ts';

/**
 * How long a tombstone bars its name, in seconds (the options are milliseconds): uploads that were on their way
 * when the object was deleted must have ended (twice `uploadTimeout`), and so must transactions whose snapshot
 * is older than the lease.
 */
export function tombstoneSeconds(options: { tombstone: number; uploadTimeout: number }): number {
  return Math.max(options.tombstone, 2 * options.uploadTimeout) / 1000;
}

/** Leases up to `limit` tombstones whose time is over; they stay tombstones until they are dropped. */
export async function leaseTombstones(
  database: Database,
  journal: string,
  places: readonly Place[],
  limit: number,
): Promise<LeasedRow[]> {
  const sql = `with due as materialized (
      select j.id, o.location from ${journal} j
        join pg_catalog.jsonb_to_recordset(?::jsonb) as o (${placesRow})
          on o.storage = j.storage and (j.location is null or j.location = any (o.locations))
      where j.due_at <= now() and j.state + 0 = 2 and j.reason <> 'alias'
      order by j.due_at limit ? for update of j skip locked)
    update ${journal} j set due_at = now() + interval '${leaseMinutes} minutes' from due where j.id = due.id
    returning j.id::text as "id", j.storage as "storage", due.location as "location", j.name as "name",
      extract(epoch from j.due_at)::text as "token", null as "fence", j.attempts as "attempts"`;
  return await journalTransaction(
    database,
    async (tx) => await tx.all<LeasedRow>(sql, [placesParameter(places), limit]),
  );
}
