import { randomUUID } from 'node:crypto';
import type { Database } from '../journal/database.ts';
import { durableTransaction } from './journal-transaction.ts';

/**
 * The identity of this journal, made on first need: together with the environment it says whose a location is.
 * A copy of the database has the same one, which is why the environment is asked as well.
 */
export async function journalId(database: Database, journal: string): Promise<string> {
  return (await readId(database, journal)) ?? (await makeId(database, journal));
}

async function readId(database: Database, journal: string): Promise<string | undefined> {
  const [row] = await database.all<{ id: string }>(
    `select value ->> 'id' as "id" from ${journal} where name = '.filefield/journal' and storage = '' and reason = 'identity'
    order by id limit 1`,
  );
  return row?.id;
}

async function makeId(database: Database, journal: string): Promise<string> {
  return await durableTransaction(database, async (tx) => {
    // Two processes that start together must agree.
    await tx.all(
      `select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('filefield journal identity', 0))`,
    );
    const found = await readId(tx, journal);
    if (found !== undefined) return found;
    const id = randomUUID();
    await tx.all(
      `insert into ${journal} (storage, name, reason, state, due_at, value)
      values ('', '.filefield/journal', 'identity', 0, 'infinity', ?::jsonb)`,
      [JSON.stringify({ id })],
    );
    return id;
  });
}
