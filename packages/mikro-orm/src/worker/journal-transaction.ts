import type { Database } from '../journal/database.ts';

/**
 * Runs the worker's statements on the journal in one transaction. Their lists are looked up row by row: what the
 * planner knows of the journal is an hour old, and must not make it scan the tombstones of a day for each batch.
 * For the same reason the statements write `state + 0`, which keeps the partial index on state out of their plans.
 */
export async function journalTransaction<T>(
  database: Database,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (tx) => {
    await tx.all(`select pg_catalog.set_config(name, 'off', true)
      from unnest(array['enable_mergejoin', 'enable_seqscan', 'enable_sort']) name`);
    return await work(tx);
  });
}

/** The same, and the commit survives a crash of the server, whatever the role's own setting is. */
export async function durableTransaction<T>(
  database: Database,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  return await journalTransaction(database, async (tx) => {
    await tx.all(`select pg_catalog.set_config('synchronous_commit', 'on', true)
      where pg_catalog.current_setting('synchronous_commit') in ('off', 'local')`);
    return await work(tx);
  });
}
