import type { Database } from '../journal/database.ts';
import { durableTransaction } from './journal-transaction.ts';
import type { JudgedRow } from './judge.ts';
import { placesParameter, placesRow } from './places.ts';
import type { Place } from './places.ts';

/** A row of the journal that this worker, and no other, may settle until its lease ends. */
export interface LeasedRow extends JudgedRow {
  /** Marks this very lease; a later one has another. */
  readonly token: string;
  /** No transaction with this id or a smaller one may be running; `null` until the fence is taken. */
  readonly fence: string | null;
  /** Failures so far, a death of a worker counted as one; 0: the object is certainly untouched. */
  readonly attempts: number;
  /** Not a row has let go of the object, a process has listed it: where values of its name mean another place, that must have it. */
  readonly isDoubtful?: boolean | null;
  /** Bytes that the value told, where one was let go of. */
  readonly size?: string | null;
  /** Milliseconds since the epoch at which the row became due, where this is the first look at it. */
  readonly dueAt?: number | null;
}

/** What one attempt to lease gave. */
export interface Lease {
  readonly rows: readonly LeasedRow[];
  /** Due rows that are not due any more: leased, put back, or dropped because another row lists the same object. */
  readonly seen: number;
  /** Rows that somebody else held on to; they are put back for two seconds. */
  readonly blocked: number;
}

/** Minutes until another worker may take over the rows of one that was killed. */
export const leaseMinutes = 5;

/**
 * Leases up to `limit` due rows of these places: state *deleting*, committed durably, for every alias of a
 * place. From then on no statement can refer to the names, except those of transactions that the fence awaits.
 *
 * @param journal The journal's table, quoted and qualified.
 */
export async function lease(
  database: Database,
  journal: string,
  places: readonly Place[],
  limit: number,
): Promise<Lease> {
  const all = await attempt(database, leaseSql(journal, ''), [placesParameter(places), limit]);
  if (all) return { ...all, blocked: 0 };

  // Somebody holds one of the names: take the others, one by one.
  const due = await database.all<{ id: string }>(
    `with ${ours} select j.id::text as "id" from ${journal} j join ours o on ${isOurs('j', 'o')}
    where j.due_at <= now() and j.state < 2 and j.reason <> 'alias' order by j.due_at limit ?`,
    [placesParameter(places), limit],
  );
  const rows: LeasedRow[] = [];
  const blocked: string[] = [];
  let seen = 0;
  for (const { id } of due) {
    const one = await attempt(database, leaseSql(journal, 'and j.id = ?'), [
      placesParameter(places),
      id,
      1,
    ]);
    rows.push(...(one?.rows ?? []));
    seen += one?.seen ?? 0;
    if (!one) blocked.push(id);
  }
  const putBack = await putBackBlocked(database, journal, blocked);
  return { rows, seen: seen + putBack, blocked: blocked.length };
}

async function putBackBlocked(
  database: Database,
  journal: string,
  blocked: readonly string[],
): Promise<number> {
  const rows = await database.all(
    `with free as materialized (
      select j.id from ${journal} j join pg_catalog.jsonb_array_elements_text(?::jsonb) b (id) on j.id = b.id::bigint
      where j.state < 2 and j.due_at <= now() for update of j skip locked)
    update ${journal} j set due_at = now() + interval '2 seconds' from free where j.id = free.id
    returning j.id`,
    [JSON.stringify(blocked)],
  );
  return rows.length;
}

async function attempt(
  database: Database,
  sql: string,
  params: readonly unknown[],
): Promise<{ rows: LeasedRow[]; seen: number } | undefined> {
  try {
    return await durableTransaction(database, async (tx) => {
      // Below deadlock_timeout: an open writer's guard on one name must not stop the worker, nor be killed by it.
      await tx.all(`select pg_catalog.set_config('lock_timeout', '200ms', true)`);
      const answered = await tx.all<LeasedRow & { leased: boolean }>(sql, params);
      return { rows: answered.filter((row) => row.leased), seen: answered.length };
    });
  } catch (error) {
    if (isConflict(error)) return undefined;
    throw error;
  }
}

// lock_not_available, unique_violation, deadlock_detected
const conflicts = new Set(['55P03', '23505', '40P01']);

function isConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && conflicts.has(error.code)) return true;
  return isConflict(error.cause);
}

const ours = `ours as materialized (
    select o.storage, o.location, o.locations from pg_catalog.jsonb_to_recordset(?::jsonb) as o (${placesRow}))`;

function isOurs(row: string, place: string): string {
  return `${place}.storage = ${row}.storage and (${row}.location is null or ${row}.location = any (${place}.locations))`;
}

/**
 * The planner may think that the journal is empty: so rows are found by lists of ids and never by joins, the
 * offsets keep conditions look-ups of one name each, and a full join is never a nested loop over two long lists.
 */
function leaseSql(journal: string, only: string): string {
  const samePlace = (row: string): string =>
    `from ${journal} k join ours p on ${isOurs('k', 'p')} where p.location = ${row}.location and k.name = ${row}.name`;
  return `with ${ours},
  due as materialized (
    select j.id, j.storage, j.name, j.state, j.fence, j.value ->> 'size' as size, j.due_at as was_due, o.location,
      j.reason = 'released' and j.value -> 'migration' is not null as is_settling,
      j.reason <> 'released' and j.location is not null as is_doubtful
    from ${journal} j join ours o on ${isOurs('j', 'o')}
    where j.due_at <= now() and j.state < 2 and j.reason <> 'alias' ${only}
      and not exists (select from ${journal} k join ours p on ${isOurs('k', 'p')}
        where p.location = o.location and k.name = j.name and k.state + 0 = 1 and k.id <> j.id
          and not (k.reason = 'alias' and k.value ->> 'of' = j.id::text) offset 0)
    order by j.due_at limit ? for update of j skip locked),
  -- One row for each object; none where another row lists the object: held, due later, deleted or dead.
  one as materialized (
    select distinct on (d.location, d.name) d.* from due d
    where d.state = 1
      or not exists (select ${samePlace('d')} and (k.state > 1 or (k.state = 0 and k.due_at > now())) offset 0)
    order by d.location, d.name, d.state desc, d.id),
  twins as (
    delete from ${journal} j
    where j.id = any (array(select d.id from due d where d.state = 0 and d.id not in (select id from one)))),
  -- A row in state 1 without a fence was left by a worker that died: its object may be gone, which is an attempt.
  leased as (
    update ${journal} j set state = 1, due_at = now() + interval '${leaseMinutes} minutes', fence = null,
      attempts = case when j.state = 1 and j.fence is null then greatest(j.attempts, 1) else j.attempts end
    where j.id = any (array(select id from one))
    returning j.id, j.due_at, j.attempts),
  seen as materialized (
    select d.*, l.id is not null as leased, l.due_at, l.attempts from due d full join leased l on l.id = d.id),
  -- The unique index knows aliases only: the other names of the same place are barred as well.
  barred as (
    insert into ${journal} (storage, location, name, reason, state, due_at, value)
    select p.storage, l.location, l.name, 'alias', 1, l.due_at, pg_catalog.jsonb_build_object('of', l.id::text)
    from seen l join ours p on p.location = l.location and p.storage <> l.storage
    where l.leased and not exists (select from ${journal} k where k.storage = p.storage and k.name = l.name
      and k.state + 0 = 1 and k.reason = 'alias' and k.value ->> 'of' = l.id::text offset 0)
    returning value ->> 'of' as id)
  select s.id::text as "id", s.storage as "storage", s.location as "location", s.name as "name",
    s.leased as "leased", extract(epoch from s.due_at)::text as "token", s.attempts as "attempts", s.size as "size",
    s.is_settling as "isSettling", s.is_doubtful as "isDoubtful",
    case when s.attempts = 0 and s.fence is null then extract(epoch from s.was_due)::float8 * 1000 end as "dueAt",
    -- A name barred only now was not barred when the old fence was taken.
    case when s.leased and s.id::text not in (select b.id from barred b) then s.fence::text end as "fence"
  from seen s`;
}
