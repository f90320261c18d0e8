import type { Storages } from '@filefield/core';
import type { Duration } from './duration.ts';
import type { FailPointOptions } from './fail-points.ts';
import type { VariantsOptions } from './variants/variants-options.ts';

/** Options of {@link fileFields}. */
export interface FileFieldsOptions extends FailPointOptions {
  /** Where files live; made by `defineStorages()`. */
  readonly storages: Storages;
  /**
   * The deployment that owns the files, such as `prod` or `staging`: a worker deletes nothing in a location of another
   * one. Required where a storage is neither on the local disk nor in memory.
   */
  readonly environment?: string;
  /**
   * Secrets of at least 32 characters that sign the tokens of direct uploads; the first signs, all are accepted. The same
   * in every process. Default: `createUpload()` throws.
   */
  readonly keys?: readonly string[];
  /** Whose dates the directives of `uploadTo` tell (`%Y/%m/`), such as `Europe/Berlin`. Default `UTC`. */
  readonly timeZone?: string;
  /** Uploads of one flush that run at once. Default 8. */
  readonly concurrency?: number;
  /** How long a file that no row references any more is kept. Default `24h`; part of the triggers, so a change is a migration. */
  readonly grace?: Duration;
  /** How long an upload may wait for its row before it may be reclaimed. Default `24h`. */
  readonly uploadTimeout?: Duration;
  /** How long the name of a deleted object stays barred; longer than any REPEATABLE READ transaction. Default `24h`. */
  readonly tombstone?: Duration;
  /** `auto` reclaims in this process, `manual` leaves it to `worker.start()`, `worker.drain()` or another process. Default `auto`. */
  readonly worker?: 'auto' | 'manual';
  /** How variants of images are made and found. */
  readonly variants?: VariantsOptions;
  readonly journal?: {
    /** The schema of `file_journal`. Default: the ORM's. */
    readonly schema?: string;
  };
}
