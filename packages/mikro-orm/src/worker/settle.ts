import type { Database } from '../journal/database.ts';
import { maxAttempts } from './backoff.ts';
import { durableTransaction, journalTransaction } from './journal-transaction.ts';
import type { LeasedRow } from './lease.ts';

/** The rows of a failure: why, and how long to wait. */
export interface Failure {
  readonly row: LeasedRow;
  readonly error: string;
  /** Seconds until the next attempt. */
  readonly delay: number;
}

/**
 * Settles leased rows of the journal, each together with the rows that bar its name under other aliases.
 * A row whose lease was taken over by another worker is left alone by every one of these functions.
 *
 * Forgets the rows: their objects are referenced, or deleted for good.
 */
export async function drop(
  database: Database,
  journal: string,
  rows: readonly LeasedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await settle(
    database,
    `with ${held}, gone as (
      delete from ${journal} j using held h where ${isHeld} returning j.id, j.name)
    delete from ${journal} c using gone j where ${bars}`,
    [heldParameter(rows)],
  );
}

/** Puts rows behind the fence back for two seconds; they stay barred and keep their fence. */
export async function waitForFence(
  database: Database,
  journal: string,
  rows: readonly LeasedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await settle(
    database,
    `with ${held}
    update ${journal} j set due_at = now() + interval '2 seconds', fence = h.fence from held h where ${isHeld}`,
    [heldParameter(rows)],
  );
}

/**
 * Puts rows back for some seconds and lifts the bar from their names, unless an earlier attempt may have deleted
 * the object already.
 */
export async function postpone(
  database: Database,
  journal: string,
  rows: readonly LeasedRow[],
  seconds: number,
): Promise<void> {
  if (rows.length === 0) return;
  await settle(
    database,
    `with ${held}, back as (
      update ${journal} j set due_at = now() + pg_catalog.make_interval(secs => ?),
        state = case when j.state = 1 and j.attempts = 0 then 0 else j.state end
      from held h where ${isHeld} returning j.id, j.name, j.state)
    delete from ${journal} c using back j where j.state = 0 and ${bars}`,
    [heldParameter(rows), seconds],
  );
}

/** Records failures: the names stay barred, and after {@link maxAttempts} the rows are *dead*. Returns how many died. */
export async function recordFailures(
  database: Database,
  journal: string,
  failures: readonly Failure[],
): Promise<number> {
  if (failures.length === 0) return 0;
  const answered = await settle<{ state: number }>(
    database,
    `with held as materialized (
      select * from pg_catalog.jsonb_to_recordset(?::jsonb) as h (id bigint, token text, error text, delay float8)),
    failed as (
      update ${journal} j set attempts = j.attempts + 1, last_error = h.error,
        state = case when j.attempts + 1 >= ${maxAttempts} then 3 else j.state end,
        due_at = case when j.attempts + 1 >= ${maxAttempts} then 'infinity' else now() + pg_catalog.make_interval(secs => h.delay) end
      from held h where ${isHeld} returning j.id, j.name, j.state, j.due_at),
    barred as (
      update ${journal} c set state = j.state, due_at = j.due_at from failed j where ${bars})
    select state as "state" from failed`,
    [
      JSON.stringify(
        failures.map(({ row, error, delay }) => ({
          id: row.id,
          token: row.token,
          error: error.slice(0, 1000),
          delay,
        })),
      ),
    ],
  );
  return answered.filter((row) => row.state === 3).length;
}

/** Turns the rows into tombstones that bar their names for some seconds more; durable. */
export async function bury(
  database: Database,
  journal: string,
  rows: readonly LeasedRow[],
  seconds: number,
): Promise<void> {
  if (rows.length === 0) return;
  await durableTransaction(database, async (tx) => {
    await tx.all(
      `with ${held}, buried as (
        update ${journal} j set state = 2, due_at = now() + pg_catalog.make_interval(secs => ?), fence = null, attempts = 0,
          last_error = null, value = null
        from held h where ${isHeld} returning j.id, j.name, j.due_at)
      update ${journal} c set state = 2, due_at = j.due_at from buried j where ${bars}`,
      [heldParameter(rows), seconds],
    );
  });
}

async function settle<Row extends object>(
  database: Database,
  sql: string,
  params: readonly unknown[],
): Promise<Row[]> {
  return await journalTransaction(database, async (tx) => await tx.all<Row>(sql, params));
}

const held = `held as materialized (
    select * from pg_catalog.jsonb_to_recordset(?::jsonb) as h (id bigint, token text, fence bigint))`;

const isHeld = `j.id = h.id and j.state + 0 in (1, 2) and extract(epoch from j.due_at)::text = h.token`;

const bars = `c.name = j.name and c.reason = 'alias' and c.value ->> 'of' = j.id::text`;

function heldParameter(rows: readonly LeasedRow[]): string {
  return JSON.stringify(rows.map(({ id, token, fence }) => ({ id, token, fence })));
}
