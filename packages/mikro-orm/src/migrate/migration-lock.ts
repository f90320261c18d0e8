import { setTimeout as sleep } from 'node:timers/promises';
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
    // The server would notice later that the connection has ended, and the next run could be there already.
    await client.query('select pg_catalog.pg_advisory_unlock_all()').catch(() => {});
    await client.end();
  };
  try {
    for (const location of [source.location, target.location].toSorted()) {
      if (await isLocked(client, location)) continue;
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

/** Tries for half a second: of a process that was just killed the server does not know yet. */
async function isLocked(client: DirectClient, location: string): Promise<boolean> {
  const key = literal(`filefield migrate ${location}`);
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const { rows } = await client.query(
      `select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(${key}, 0)) as locked`,
    );
    if (rows[0]?.['locked'] === true) return true;
    await sleep(100);
  }
  return false;
}
