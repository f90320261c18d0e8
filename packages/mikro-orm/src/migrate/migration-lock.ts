import { StorageOptionsError } from '@filefield/core';
import { literal } from '../journal/sql-text.ts';
import type { DirectClient } from '../worker/notifications.ts';
import type { Route } from './route.ts';

/**
 * Makes sure that no other migration writes to either place, in any process of this database, as long as the connection
 * lives.
 *
 * @param connect Opens a connection of its own. @param onLost Called when it is lost, and the lock with it.
 * @returns what gives the lock back.
 * @throws {@link StorageOptionsError} when another migration has one of the places.
 */
export async function lockPlaces(
  { from, to, source, target }: Route,
  connect: () => Promise<DirectClient>,
  onLost: () => void,
): Promise<() => Promise<void>> {
  const client = await connect();
  let isOver = false;
  client.on('error', () => {});
  client.on('end', () => {
    if (!isOver) onLost();
  });
  const end = async (): Promise<void> => {
    isOver = true;
    await client.end();
  };
  try {
    for (const location of [source.location, target.location].toSorted()) {
      const { rows } = await client.query(
        `select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(${literal(`filefield migrate ${location}`)}, 0)) as locked`,
      );
      if (rows[0]?.['locked'] === true) continue;
      throw new StorageOptionsError(
        `Cannot migrate "${from}" to "${to}": another migration has one of the places, wait until it has ended`,
      );
    }
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}
