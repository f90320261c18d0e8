import type { EntityManager } from '@mikro-orm/core';
import {
  PostgreSqlConnection,
  type AbstractSqlConnection,
  type MikroORM,
} from '@mikro-orm/postgresql';
import { databaseOf, type Database } from './journal/database.ts';
import { hasOneConnection, sideConnection } from './side-connection.ts';
import { listenThrough, type Listen, type DirectClient } from './worker/notifications.ts';

/** Connections that nobody else uses. */
export interface ApartConnections {
  readonly database: Database;
  /** Opens a direct one; absent where none is possible. */
  readonly connect: (() => Promise<DirectClient>) | undefined;
}

/** The ways to the database of one ORM. */
export class Connections {
  readonly #orm: MikroORM;
  #side: AbstractSqlConnection | undefined;
  readonly #running = new Set<Promise<unknown>>();

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** The connection of the entity manager, inside its transaction where it has one. */
  current(em: EntityManager): Database {
    return databaseOf(this.#main, em.getTransactionContext());
  }

  /**
   * Where the journal is written before an upload: committed on its own, whatever becomes of the user's transaction.
   * Outside a transaction that is the main pool, inside one the small pool beside it.
   */
  beside(em: EntityManager): Database {
    if (!em.isInTransaction()) return databaseOf(this.#main);
    return this.sharesTransaction(em) ? this.current(em) : this.background();
  }

  /** Whether the journal can only be written in the transaction that the entity manager is in. */
  sharesTransaction(em: EntityManager): boolean {
    return em.isInTransaction() && hasOneConnection(this.#main);
  }

  /** For what runs by itself: the worker, renewals, hints. */
  background(): Database {
    return hasOneConnection(this.#main) ? databaseOf(this.#main) : this.#beside();
  }

  /** Hears what other processes tell the workers, where a direct connection to PostgreSQL is possible. */
  listen(): Listen | undefined {
    if (hasOneConnection(this.#main)) return undefined;
    const connect = direct(this.#openSide());
    return connect && listenThrough(connect);
  }

  /** Runs long work on connections of its own, so that nothing else waits for them. */
  async apart<T>(work: (ways: ApartConnections) => Promise<T>): Promise<T> {
    if (hasOneConnection(this.#main)) {
      return await work({ database: databaseOf(this.#main), connect: undefined });
    }
    const side = sideConnection(this.#main, this.#orm.config, this.#orm.getMetadata());
    try {
      return await this.#run(work({ database: databaseOf(side), connect: direct(side) }));
    } finally {
      await side.close();
    }
  }

  async close(): Promise<void> {
    const side = this.#side;
    this.#side = undefined;
    // Kysely forgets a connection that is still being opened when its pool closes, and the pool waits for it for ever.
    await Promise.allSettled(this.#running);
    await side?.close();
  }

  /** The small pool; {@link close} waits for what runs there. */
  #beside(): Database {
    const database = databaseOf(this.#openSide());
    return {
      all: async (sql, params) => this.#run(database.all(sql, params)),
      transaction: async (work) => this.#run(database.transaction(work)),
    };
  }

  async #run<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  get #main(): AbstractSqlConnection {
    return this.#orm.em.getConnection('write');
  }

  #openSide(): AbstractSqlConnection {
    this.#side ??= sideConnection(this.#main, this.#orm.config, this.#orm.getMetadata());
    return this.#side;
  }
}

/** A direct connection out of a pool, which does not take it back. */
function direct(side: AbstractSqlConnection): (() => Promise<DirectClient>) | undefined {
  if (!(side instanceof PostgreSqlConnection)) return undefined;
  return async () => {
    const client = await (await side.getNativeClient()).connect();
    return {
      query: async (sql) => client.query(sql),
      on: (event, listener) => client.on(event, listener),
      end: async () => client.release(true),
      // The pool's type leaves out what every pg client has.
      unref: () => (client as unknown as { unref(): void }).unref(),
    };
  };
}
