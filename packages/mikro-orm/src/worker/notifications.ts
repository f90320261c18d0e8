import type { Database } from '../journal/database.ts';

/** The channel on which processes tell each other that something may be due. */
export const channel = 'filefield_journal';

/**
 * Subscribes to the channel; resolves, once it listens, to a function that ends the subscription. `onLost` is
 * called when the connection is lost: the worker subscribes again with its next look.
 */
export type Listen = (
  onNotification: () => void,
  onLost: () => void,
) => Promise<() => Promise<void>>;

/** A connection of its own (`pg.Client` is one): notifications do not arrive through a pool, nor through PgBouncer. */
export interface NotifyingClient {
  query(sql: string): Promise<unknown>;
  on(event: 'notification' | 'error' | 'end', listener: () => void): unknown;
  end(): Promise<void>;
  /** Lets the process end although the connection is open. */
  unref?(): void;
}

/** The same, and it answers what it is asked. */
export interface DirectClient extends NotifyingClient {
  query(sql: string): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}

/**
 * Listens through a direct connection.
 *
 * @param connect Opens the connection; it is closed with the subscription.
 */
export function listenThrough(connect: () => Promise<NotifyingClient>): Listen {
  return async (onNotification, onLost) => {
    const client = await connect();
    // An error without a listener would end the process; the loss itself comes as "end".
    client.on('error', () => {});
    client.on('end', onLost);
    client.on('notification', onNotification);
    await client.query(`listen ${channel}`);
    // Not before: who waits for the answer while the ORM closes would wait in a process that has ended.
    client.unref?.();
    return async () => await client.end();
  };
}

/** Wakes the workers of other processes. Never inside a user's transaction: NOTIFY takes a lock until it commits. */
export async function notifyWorkers(database: Database): Promise<void> {
  await database.all(`select pg_catalog.pg_notify('${channel}', '')`);
}
