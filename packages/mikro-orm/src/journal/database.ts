import type { Transaction } from '@mikro-orm/core';
import type { AbstractSqlConnection } from '@mikro-orm/postgresql';

/**
 * A way to run SQL on the primary. Placeholders are `?`, values are plain (string, number, boolean, null):
 * pass a list as one JSON string and read it with `jsonb_array_elements_text` or `jsonb_to_recordset`.
 */
export interface Database {
  /** Runs one statement and gives its rows. */
  all<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs the work in one READ COMMITTED transaction on one connection; a rejection rolls back.
   * Inside a transaction it is a savepoint, under the isolation level of that transaction.
   */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>;
}

/**
 * The database behind a MikroORM connection.
 *
 * @param connection A write connection, for example `em.getConnection('write')`.
 * @param ctx The transaction to run in, `em.getTransactionContext()`. Default: every statement is its own.
 */
export function databaseOf(connection: AbstractSqlConnection, ctx?: Transaction): Database {
  return {
    all: (sql, params = []) => connection.execute(sql, params, 'all', ctx),
    async transaction(work) {
      if (ctx !== undefined) {
        return await connection.transactional((tx) => work(databaseOf(connection, tx)), { ctx });
      }
      await connection.ensureConnection();
      // Kysely's, not MikroORM's: that one never gives a connection back which is lost on the way, and a restart of
      // PostgreSQL would use up the pool.
      const transaction = connection.getClient().transaction();
      return await transaction
        .setIsolationLevel('read committed')
        .execute((tx) => work(databaseOf(connection, tx)));
    },
  };
}
