import type { FailPointOptions } from '../fail-points.ts';
import type { Database } from '../journal/database.ts';
import type { Listen } from './notifications.ts';
import type { StorageRegistry } from './places.ts';
import type { OwnTable } from './references.ts';
import type { VariantWorker } from '../variants/variant-worker.ts';
import type { WorkerEmitter } from './worker-events.ts';

/** What the worker tells besides its reports. */
export type WorkerLog = (level: 'info' | 'warn' | 'error', message: string) => void;

/** Options of {@link Worker}. */
export interface WorkerOptions extends FailPointOptions {
  /** The primary, through connections that user transactions do not use. */
  readonly database: Database;
  readonly storages: StorageRegistry;
  /** The schema of the journal. Default `public`. */
  readonly journalSchema?: string | undefined;
  /** The deployment that owns the locations; required where one is neither on the local disk nor in memory. */
  readonly environment?: string | undefined;
  /** Milliseconds that a deleted name stays barred, at least. */
  readonly tombstone: number;
  /** Milliseconds that an upload may take. */
  readonly uploadTimeout: number;
  /** The tables of this process that hold files, as its metadata describes them now. */
  readonly ownTables: () => readonly OwnTable[];
  readonly log: WorkerLog;
  /** Told of every object. Default: nobody asks. */
  readonly events?: WorkerEmitter | undefined;
  /** Makes variants beside. Default: nobody does. */
  readonly variants?: VariantWorker | undefined;
  /** Hears of other processes at once. Default: the worker looks every minute. */
  readonly listen?: Listen | undefined;
  /** Milliseconds to wait for transactions that are older than a lease. Default 500. */
  readonly patience?: number | undefined;
  /** Objects in one batch. Default 1,000. */
  readonly batch?: number | undefined;
}
