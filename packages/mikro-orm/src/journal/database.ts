import { IsolationLevel, type Transaction } from '@mikro-orm/core';
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
    transaction: (work) =>
      connection.transactional((tx) => work(databaseOf(connection, tx)), {
        ...(ctx === undefined ? {} : { ctx }),
        isolationLevel: IsolationLevel.READ_COMMITTED,
      }),
  };
}
