import type { Database } from '../journal/database.ts';
import { durableTransaction } from '../worker/journal-transaction.ts';
import type { Route } from './route.ts';
import type { NameToHold } from './target-holds.ts';

/** Keeps objects at the source: no worker touches them, and a later run knows that this one has verified their copies. */
export async function holdAtSource(
  database: Database,
  journal: string,
  { from, source, target }: Route,
  names: readonly NameToHold[],
  run: string,
): Promise<number> {
  if (names.length === 0) return 0;
  const rows = await durableTransaction(
    database,
    async (tx) =>
      await tx.all(
        `with entry as materialized (
          select * from pg_catalog.jsonb_to_recordset(?::jsonb) as e (name text, size bigint, wanted boolean)),
        chosen as materialized (
          select e.wanted, (select (pg_catalog.array_agg(k.id))[1] from ${journal} k where k.name = e.name and k.location = ? and k.state + 0 = 0
            and k.reason in ('migrating', 'kept', 'migrated') and k.value -> 'migration' is not null) as id
          from entry e),
        old as (
          update ${journal} j set storage = ?, reason = 'kept', due_at = 'infinity',
            value = pg_catalog.jsonb_set(j.value, '{migration}', (j.value -> 'migration') || pg_catalog.jsonb_build_object(
              'other', ?::text, 'run', ?::text, 'wanted', c.wanted or coalesce((j.value #>> '{migration,wanted}')::boolean, true)))
          from chosen c where j.id = any (array(select id from chosen)) and j.id = c.id
          returning j.name),
        new as (
          insert into ${journal} (storage, location, name, reason, due_at, value)
          select ?, ?, e.name, 'kept', 'infinity', pg_catalog.jsonb_build_object('size', e.size, 'migration',
            pg_catalog.jsonb_build_object('other', ?::text, 'run', ?::text, 'wanted', e.wanted))
          from entry e where not exists (select from old o where o.name = e.name)
          returning name)
        select name from old union all select name from new`,
        [
          JSON.stringify(names),
          source.location,
          from,
          target.location,
          run,
          from,
          source.location,
          target.location,
          run,
        ],
      ),
  );
  return rows.length;
}

/** Schedules what {@link holdAtSource} has kept in this run; the worker judges it when its time has come. */
export async function scheduleSource(
  database: Database,
  journal: string,
  { source }: Route,
  run: string,
  grace: number,
): Promise<number> {
  let scheduled = 0;
  for (let after = '0'; ;) {
    const rows = await durableTransaction(
      database,
      async (tx) =>
        await tx.all<{ id: string }>(
          `with chosen as materialized (select j.id from ${journal} j where j.id > ?::bigint and j.location = ? and j.reason = 'kept'
            and j.state + 0 = 0 and j.due_at = 'infinity' and j.value #>> '{migration,run}' = ? order by j.id limit 5000),
          changed as (
            update ${journal} j set reason = 'migrated', due_at = now() + pg_catalog.make_interval(secs => ?)
            where j.id = any (array(select id from chosen)) returning j.id)
          select c.id::text as "id" from changed c order by c.id`,
          [after, source.location, run, grace / 1000],
        ),
    );
    const last = rows.at(-1);
    if (last === undefined) return scheduled;
    after = last.id;
    scheduled += rows.length;
  }
}

/** What earlier runs keep at the source for copies at this target, page by page. */
export async function heldAtSource(
  database: Database,
  journal: string,
  { source, target }: Route,
  { run, after }: { readonly run: string; readonly after: string },
): Promise<{ readonly id: string; readonly name: string }[]> {
  return await database.all(
    `select j.id::text as "id", j.name as "name" from ${journal} j
    where j.id > ?::bigint and j.location = ? and j.reason = 'kept' and j.state + 0 = 0 and j.value #>> '{migration,other}' = ?
      and j.value #>> '{migration,run}' is distinct from ? order by j.id limit 500`,
    [after, source.location, target.location, run],
  );
}
