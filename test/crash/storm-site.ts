import type { PostgresServer } from '../support/start-server.ts';
import type { Place } from './documents.ts';

/** A place whose PostgreSQL may be crashed. */
export interface StormSite extends Place {
  /** Connects as superuser to its database. */
  readonly url: string;
  readonly server: PostgresServer;
}
