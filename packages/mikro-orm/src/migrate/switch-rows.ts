import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../journal/database.ts';
import { durableTransaction } from '../worker/journal-transaction.ts';
import type { FileTable } from '../worker/references.ts';
import { messageOf, type MigrationRun } from './migration-run.ts';
import { switchSql } from './switch-sql.ts';

/** What {@link switchRows} did. */
export interface Switched {
  /** Rows that were updated, once for each column. */
  readonly rows: number;
  /** Objects at the source that the journal keeps since. */
  readonly held: number;
  /** Why names were not switched. */
  readonly failed: ReadonlyMap<string, string>;
}

const attempts = 5;

/**
 * Replaces the alias in every value that still holds one of the names under it. One transaction: the triggers take the
 * copy off the journal and list the origin, which is kept; a copy that no row took is scheduled. Names that somebody
 * else is writing about are tried one by one, and told when they stay so.
 */
export async function switchRows(
  run: MigrationRun,
  tables: readonly FileTable[],
  names: readonly string[],
): Promise<Switched> {
  try {
    return { ...(await switchOnce(run, tables, names)), failed: new Map() };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    if (names.length === 1) return await switchPatiently(run, tables, names);
  }
  let [rows, held] = [0, 0];
  const failed = new Map<string, string>();
  for (const name of names) {
    const one = await switchPatiently(run, tables, [name]);
    rows += one.rows;
    held += one.held;
    for (const [about, reason] of one.failed) failed.set(about, reason);
  }
  return { rows, held, failed };
}

async function switchPatiently(
  run: MigrationRun,
  tables: readonly FileTable[],
  names: readonly string[],
): Promise<Switched> {
  for (let attempt = 1; ; attempt += 1) {
    run.signal.throwIfAborted();
    try {
      return { ...(await switchOnce(run, tables, names)), failed: new Map() };
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      if (!conflicts.has(code) || attempt === attempts) {
        const failed = new Map(names.map((name) => [name, messageOf(error)]));
        return { rows: 0, held: 0, failed };
      }
      await sleep(50 * attempt);
    }
  }
}

async function switchOnce(
  { database, journal, id, route }: MigrationRun,
  tables: readonly FileTable[],
  names: readonly string[],
): Promise<{ rows: number; held: number }> {
  const { from, to, source, target } = route;
  return await durableTransaction(database, async (tx) => {
    // A policy would hide rows; and whoever writes to one of these rows must not be kept waiting for the others.
    await tx.all(
      `select pg_catalog.set_config('row_security', 'off', true), pg_catalog.set_config('lock_timeout', '500ms', true),
        pg_catalog.set_config('enable_seqscan', 'on', true)`,
    );
    let rows = 0;
    const switched = new Set<string>();
    for (const table of tables) {
      for (const column of table.columns) {
        const updated = await tx.all<{ names: string }>(switchSql(table, column), [
          from,
          to,
          JSON.stringify(names),
        ]);
        rows += updated.length;
        for (const row of updated) {
          for (const name of JSON.parse(row.names) as string[]) switched.add(name);
        }
      }
    }
    const held = await keepSource(tx, journal, {
      names: [...switched],
      marks: { other: target.location, wanted: true, run: id },
      from,
      location: source.location,
    });
    // Whatever holds are left, no row took: only values that do not own it, or none.
    await tx.all(
      `with held as materialized (select j.id, (j.value #>> '{migration,found}')::boolean is true and j.value #> '{migration,copied}' is null as is_foreign
        from ${journal} j where j.name = any (array(select pg_catalog.jsonb_array_elements_text(?::jsonb))) and j.location = ? and j.storage = ?
          and j.state = 0 and j.reason = 'migrating'),
      foreigners as (delete from ${journal} where id in (select id from held where is_foreign))
      update ${journal} j set reason = 'released', due_at = now(), value = j.value - 'migration' from held h where j.id = any (array(select id from held)) and h.id = j.id and not h.is_foreign`,
      [JSON.stringify(names), target.location, to],
    );
    return { rows, held };
  });
}

async function keepSource(
  tx: Database,
  journal: string,
  kept: {
    readonly names: readonly string[];
    readonly marks: object;
    readonly from: string;
    readonly location: string;
  },
): Promise<number> {
  const rows = await tx.all<{ name: string }>(
    `update ${journal} set reason = 'kept', due_at = 'infinity', location = ?,
      value = case when pg_catalog.jsonb_typeof(value) = 'object' then value else '{}' end || pg_catalog.jsonb_build_object('migration', ?::jsonb)
    where name = any (array(select pg_catalog.jsonb_array_elements_text(?::jsonb))) and storage = ? and state = 0
      and (location is null or location = ?) and reason in ('released', 'kept')
    returning name as "name"`,
    [
      kept.location,
      JSON.stringify(kept.marks),
      JSON.stringify(kept.names),
      kept.from,
      kept.location,
    ],
  );
  return new Set(rows.map(({ name }) => name)).size;
}

// lock_not_available, deadlock_detected, serialization_failure
const conflicts = new Set(['55P03', '40P01', '40001']);

/** The code of what PostgreSQL says of this statement; not of a connection that is lost. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as Error & { code?: unknown };
  if (typeof code === 'string' && /^(?!08|57)[0-9A-Z]{5}$/.test(code)) return code;
  return error.cause === error ? undefined : codeOf(error.cause);
}
