import type { Database } from '../journal/database.ts';

/** A column of images, as work names it. */
export interface WorkColumn {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** An original that this process, and no other, makes variants of until its lease ends. */
export interface VariantWork extends WorkColumn {
  readonly id: string;
  /** Alias. */
  readonly storage: string;
  readonly name: string;
  /** How often it was leased, this time included. */
  readonly attempts: number;
  /** Marks this very lease. */
  readonly token: string;
}

/** Minutes of a lease; a process that keeps dying of an original waits longer each time. */
const leaseMinutes = 5;

/** Which work is this process's: of these columns, in these storages. */
export interface OwnWork {
  readonly columns: readonly WorkColumn[];
  /** Aliases. */
  readonly storages: readonly string[];
}

/**
 * Leases the work that has been due longest, committed at once: whoever is killed loses it to another process.
 *
 * @param table The table of work, quoted and qualified.
 */
export async function leaseWork(
  database: Database,
  table: string,
  own: OwnWork,
): Promise<VariantWork | undefined> {
  const [work] = await database.all<VariantWork>(
    `update ${table} w set attempts = least(w.attempts + 1, 1000),
      due_at = now() + interval '${leaseMinutes} minutes' * pg_catalog.power(2, least(greatest(w.attempts - 2, 0), 9))
    where w.id = (select o.id from ${table} o where o.due_at <= now() and ${isOwn} order by o.due_at limit 1 for update skip locked)
    returning w.id::text as "id", w.schema_name as "schema", w.table_name as "table", w.column_name as "column",
      w.storage as "storage", w.name as "name", w.attempts as "attempts", extract(epoch from w.due_at)::text as "token"`,
    ownParams(own),
  );
  return work;
}

/** Forgets the work: it is done, or its original is gone. */
export async function endWork(database: Database, table: string, work: VariantWork): Promise<void> {
  await database.all(`delete from ${table} w where ${isHeld}`, heldParams(work));
}

/** Puts work off. @param error Why it failed. Default: it was not tried, and that does not count as an attempt. */
export async function postponeWork(
  database: Database,
  table: string,
  work: VariantWork,
  { seconds, error }: { readonly seconds: number; readonly error?: string | undefined },
): Promise<void> {
  await database.all(
    `update ${table} w set due_at = now() + pg_catalog.make_interval(secs => ?), last_error = coalesce(?, w.last_error),
      attempts = greatest(w.attempts - ?, 0) where ${isHeld}`,
    [seconds, error?.slice(0, 1000) ?? null, error === undefined ? 1 : 0, ...heldParams(work)],
  );
}

/** Seconds until the next work of these columns is due; `undefined` when there is none. */
export async function secondsToWork(
  database: Database,
  table: string,
  own: OwnWork,
): Promise<number | undefined> {
  const [next] = await database.all<{ seconds: number | null }>(
    `select extract(epoch from min(o.due_at) - pg_catalog.clock_timestamp())::float8 as "seconds" from ${table} o where ${isOwn}`,
    ownParams(own),
  );
  return next?.seconds ?? undefined;
}

const isHeld = `w.id = ?::bigint and extract(epoch from w.due_at)::text = ?`;

function heldParams({ id, token }: VariantWork): readonly unknown[] {
  return [id, token];
}

const isOwn = `o.storage in (select pg_catalog.jsonb_array_elements_text(?::jsonb))
  and exists (select from pg_catalog.jsonb_to_recordset(?::jsonb) c ("schema" text, "table" text, "column" text)
    where c."schema" = o.schema_name and c."table" = o.table_name and c."column" = o.column_name)`;

function ownParams({ columns, storages }: OwnWork): readonly unknown[] {
  const listed = columns.map(({ schema, table, column }) => ({ schema, table, column }));
  return [JSON.stringify(storages), JSON.stringify(listed)];
}
