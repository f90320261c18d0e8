import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../journal/database.ts';
import type { LeasedRow } from './lease.ts';

/** Leased rows on both sides of the fence. */
export interface Fenced {
  /** Every transaction that may not have seen the lease has ended. */
  readonly ripe: readonly LeasedRow[];
  /** Older transactions are still running; the rows carry the fence that they wait for. */
  readonly young: readonly LeasedRow[];
}

/**
 * Waits up to `patience` milliseconds until no transaction is left that is older than the lease: one that
 * referred to a name before the name was barred, and has not committed, would be missed by the judge.
 *
 * The fence is a transaction id taken after the lease has committed, so whoever could not see the lease has a
 * smaller one. A row that had to wait keeps its fence: a new one each time might never be reached.
 */
export async function awaitFence(
  database: Database,
  rows: readonly LeasedRow[],
  patience: number,
): Promise<Fenced> {
  const [taken] = await database.all<{ id: string }>(
    `select pg_catalog.pg_current_xact_id()::text as "id"`,
  );
  const fenced = rows.map((row) => ({ ...row, fence: row.fence ?? taken?.id ?? null }));
  const end = performance.now() + patience;
  for (;;) {
    const [oldest] = await database.all<{ id: string }>(
      `select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text as "id"`,
    );
    const xmin = BigInt(oldest?.id ?? 0);
    const young = fenced.filter((row) => row.fence === null || BigInt(row.fence) >= xmin);
    if (young.length === 0 || performance.now() >= end) {
      const waiting = new Set(young);
      return { ripe: fenced.filter((row) => !waiting.has(row)), young };
    }
    await sleep(20);
  }
}
