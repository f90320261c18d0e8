import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../journal/database.ts';
import { durableTransaction } from '../worker/journal-transaction.ts';
import type { Marks } from './marks.ts';
import type { Route } from './route.ts';

/** A name that is to be held at the target. */
export interface NameToHold {
  readonly name: string;
  /** Bytes, for whoever reclaims it. */
  readonly size: number;
  readonly wanted: boolean;
  /** Something lay there before. */
  readonly found: boolean;
}

/** A name that is held at the target: no worker touches its object. */
export interface Hold {
  readonly id: string;
  readonly name: string;
  /** Marks the object as written by the migration. */
  readonly uploadId: string | null;
  /** A run before this one has written it down: what that left may lie there. */
  readonly isOld: boolean;
  readonly marks: Marks;
}

/** What became of names that were to be held. */
export interface Holds {
  readonly held: ReadonlyMap<string, Hold>;
  /** Names that may not be held now, and why. */
  readonly barred: ReadonlyMap<string, string>;
}

/** Beyond this, no worker can have leased the tombstone of a name. */
const leaseEnd = `interval '6 minutes'`;

const attempts = 20;

/**
 * Holds names at the target before the first byte of their objects, in one durable statement. A name that a worker is
 * deleting right now, or has given up, is barred; the tombstone of one that was deleted goes: the migration brings it back.
 */
export async function holdAtTarget(
  database: Database,
  journal: string,
  route: Route,
  names: readonly NameToHold[],
): Promise<Holds> {
  const held = new Map<string, Hold>();
  const barred = new Map<string, string>();
  let rest = names;
  for (let attempt = 1; rest.length > 0; attempt += 1) {
    const { holds, busy } = await holdOnce(database, journal, route, rest, barred);
    for (const hold of holds) held.set(hold.name, hold);
    if (attempt === attempts) {
      for (const name of busy)
        barred.set(name, 'another transaction is writing about it, run again');
      break;
    }
    rest = rest.filter(({ name }) => busy.has(name));
    if (rest.length > 0) await sleep(50);
  }
  return { held, barred };
}

interface EntryRow {
  readonly id: string;
  readonly name: string;
  readonly state: number;
  readonly isFar: boolean;
  readonly isLocked: boolean;
}

async function holdOnce(
  database: Database,
  journal: string,
  { to, source, target, targetAliases }: Route,
  names: readonly NameToHold[],
  barred: Map<string, string>,
): Promise<{ holds: Hold[]; busy: ReadonlySet<string> }> {
  const asked = JSON.stringify(names.map(({ name }) => name));
  const here = `j.name = any (array(select pg_catalog.jsonb_array_elements_text(?::jsonb))) and j.storage <> '' and j.reason <> 'alias'
    and (j.location = ? or (j.location is null and j.storage in (select pg_catalog.jsonb_array_elements_text(?::jsonb))))`;
  const params = [asked, target.location, JSON.stringify(targetAliases)];
  return await durableTransaction(database, async (tx) => {
    // Whoever leases one of these rows meanwhile is waited for: his lease is seen, or he sees the hold.
    const entries = await tx.all<EntryRow>(
      `with locked as materialized (select j.id from ${journal} j where ${here} for update of j skip locked)
      select j.id::text as "id", j.name as "name", j.state as "state", j.due_at > now() + ${leaseEnd} as "isFar",
        l.id is not null as "isLocked"
      from ${journal} j left join locked l on l.id = j.id where ${here}`,
      [...params, ...params],
    );
    const busy = new Set<string>();
    for (const { name, state, isFar, isLocked } of entries) {
      if (!isLocked) busy.add(name);
      else if (state === 1)
        barred.set(name, `"${to}" is deleting an object of this name, run again`);
      else if (state === 3) barred.set(name, `"${to}" could not delete an object of this name`);
      else if (state === 2 && !isFar)
        barred.set(name, `"${to}" has deleted an object of this name, run again in some minutes`);
    }
    const free = names.filter(({ name }) => !busy.has(name) && !barred.has(name));
    const freeNames = new Set(free.map(({ name }) => name));
    const buried = entries.filter(({ name, state }) => state === 2 && freeNames.has(name));
    if (buried.length > 0) {
      await tx.all(
        `with gone as (
          delete from ${journal} where id in (select pg_catalog.jsonb_array_elements_text(?::jsonb)::bigint) returning id, name)
        delete from ${journal} c using gone j where c.name = j.name and c.reason = 'alias' and c.value ->> 'of' = j.id::text`,
        [JSON.stringify(buried.map(({ id }) => id))],
      );
    }
    const holds = await tx.all<Hold>(
      `with entry as materialized (
        select * from pg_catalog.jsonb_to_recordset(?::jsonb) as e (name text, size bigint, wanted boolean, found boolean)),
      -- By a list of ids: the planner may think that the journal is empty, and a join would read all of it for each name.
      chosen as materialized (
        select e.wanted, (select (pg_catalog.array_agg(k.id))[1] from ${journal} k where k.name = e.name and k.location = ? and k.state + 0 = 0
          and k.reason in ('migrating', 'kept', 'migrated') and k.value -> 'migration' is not null) as id
        from entry e),
      old as (
        -- What was the origin of an earlier migration, too: it is held for the same reason now.
        update ${journal} j set storage = ?, reason = 'migrating', due_at = 'infinity', upload_id = coalesce(j.upload_id, pg_catalog.gen_random_uuid()::text),
          value = pg_catalog.jsonb_set(j.value, '{migration}', (j.value -> 'migration') || pg_catalog.jsonb_build_object(
            'other', ?::text, 'wanted', c.wanted or coalesce((j.value #>> '{migration,wanted}')::boolean, true)))
        from chosen c where j.id = any (array(select id from chosen)) and j.id = c.id
        returning j.id, j.name, j.upload_id, j.value -> 'migration' as marks, true as is_old),
      new as (
        insert into ${journal} (storage, location, name, upload_id, reason, due_at, value)
        select ?, ?, e.name, pg_catalog.gen_random_uuid()::text, 'migrating', 'infinity', pg_catalog.jsonb_build_object('size', e.size,
          'migration', pg_catalog.jsonb_build_object('other', ?::text, 'wanted', e.wanted, 'found', e.found))
        from entry e where not exists (select from old o where o.name = e.name)
        returning id, name, upload_id, value -> 'migration' as marks, false as is_old)
      select h.id::text as "id", h.name as "name", h.upload_id as "uploadId", h.is_old as "isOld", h.marks as "marks"
      from (select * from old union all select * from new) h`,
      [
        JSON.stringify(free),
        target.location,
        to,
        source.location,
        to,
        target.location,
        source.location,
      ],
    );
    return { holds, busy };
  });
}

/** Notes what is known of held objects. */
export async function noteMarks(
  database: Database,
  journal: string,
  notes: readonly { readonly id: string; readonly marks: Partial<Marks> }[],
): Promise<void> {
  if (notes.length === 0) return;
  await durableTransaction(database, async (tx) => {
    await tx.all(
      `with note as materialized (select * from pg_catalog.jsonb_to_recordset(?::jsonb) as n (id bigint, marks jsonb))
      update ${journal} j set value = pg_catalog.jsonb_set(j.value, '{migration}', (j.value -> 'migration') || n.marks)
      from note n where j.id = any (array(select id from note)) and j.id = n.id and j.state + 0 = 0 and j.value -> 'migration' is not null`,
      [JSON.stringify(notes)],
    );
  });
}
