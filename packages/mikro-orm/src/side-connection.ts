import { StorageOptionsError } from '@filefield/core';
import type { Configuration, MetadataStorage } from '@mikro-orm/core';
import type { AbstractSqlConnection } from '@mikro-orm/postgresql';

/**
 * Whether the database has a second connection. PGlite has none: there the journal shares the transaction that it
 * should outlive, and a crash in between leaves an object that only `reconcile()` finds.
 */
export function hasOneConnection(connection: AbstractSqlConnection): boolean {
  return connection.getClient().getExecutor().adapter.supportsMultipleConnections === false;
}

/**
 * A small pool of its own for what must not wait for, nor be part of, the user's transactions. With the journal on the
 * main pool, as many transactions as it has connections wait for each other for ever.
 * @throws {@link StorageOptionsError} when the ORM was given a ready-made Kysely instance or dialect, which cannot be opened twice.
 */
export function sideConnection(
  main: AbstractSqlConnection,
  config: Configuration,
  metadata: MetadataStorage,
): AbstractSqlConnection {
  const given = config.get('driverOptions') as object | (() => object) | undefined;
  const driverOptions = typeof given === 'function' ? given() : (given ?? {});
  if ('createDriver' in driverOptions || 'executeQuery' in driverOptions) {
    throw new StorageOptionsError(
      'Cannot open a second pool: driverOptions is a Kysely instance or dialect, pass its connection options instead',
    );
  }
  const Connection = main.constructor as new (...args: unknown[]) => AbstractSqlConnection;
  const pool = { min: 0, max: 3, idleTimeoutMillis: 10_000, allowExitOnIdle: true };
  const options = Object.fromEntries(
    connectionOptions.map((option) => [option, config.get(option)]),
  );
  const side = new Connection(
    config,
    { ...options, driverOptions: { ...driverOptions, ...pool } },
    'write',
  );
  side.setMetadata(metadata);
  side.setPlatform(config.getPlatform());
  return side;
}

const connectionOptions = [
  'dbName',
  'clientUrl',
  'host',
  'port',
  'user',
  'password',
  'schema',
] as const;
