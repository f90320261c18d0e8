/** Where a migration is, told after each object. */
export interface MigrateProgress {
  readonly phase: 'audit' | 'copy' | 'verify' | 'switch' | 'settle' | 'delete';
  /** Objects, or rows of the database while it switches. */
  readonly done: number;
  readonly total?: number | undefined;
  readonly bytes: number;
  readonly totalBytes?: number | undefined;
  /** The object that it was about. */
  readonly name?: string | undefined;
}

/** Options of `files.migrate()`. */
export interface MigrateOptions {
  /** Alias of the storage that holds the objects. */
  readonly from: string;
  /** Alias of the storage that is to hold them, at another location. */
  readonly to: string;
  /**
   * `configuration`: every object is copied under its name and rows stay as they are; another configuration makes their
   * alias mean the new place. `rows`: only what rows under the alias `from` refer to is copied, and then the alias in
   * each row is replaced. Default `configuration`.
   */
  readonly switch?: 'configuration' | 'rows' | undefined;
  /** Looks and tells, and writes nothing anywhere. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** `sha256` reads every copy back and compares it with its origin; `size` believes the sizes, but never with `deleteSource`. Default `sha256`. */
  readonly verify?: 'sha256' | 'size' | undefined;
  /**
   * Schedules the deletion of what this very run has verified, once no row refers to it at `from` any more: the worker
   * deletes it when the grace is over. Default `false`: it is held.
   */
  readonly deleteSource?: boolean | undefined;
  /** Objects at once. Default: that of `fileFields()`. */
  readonly concurrency?: number | undefined;
  /** Bytes per second that are read through this process, over all streams. Default: no limit. */
  readonly bytesPerSecond?: number | undefined;
  /** Ends the run: what is being copied is given up, and the next run goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every object; what it throws ends the run. */
  readonly onProgress?: ((progress: MigrateProgress) => void) | undefined;
}

/** An object that is not copied because something else has its name. */
export interface MigrateConflict {
  readonly name: string;
  readonly reason: string;
}

/** A value whose object is neither at `from` nor at `to`. */
export interface MigrateMissing {
  readonly name: string;
  /** Where the value is: `schema.table.column`. */
  readonly column: string;
}

/** An object that could not be copied, compared or switched this time. */
export interface MigrateFailure {
  readonly name: string;
  readonly error: string;
}

/** What a migration found and did. */
export interface MigrateReport {
  readonly dryRun: boolean;
  readonly from: string;
  readonly to: string;
  /** Objects at `from` that the migration is about. */
  objects: number;
  /** Their bytes. */
  bytes: number;
  /** Objects copied by this run; in a dry run those that would be. */
  copied: number;
  copiedBytes: number;
  /** Objects that were at `to` already. */
  present: number;
  /** Objects whose copy this run, or an earlier one of which nothing has changed since, found equal. */
  verified: number;
  /** Values whose alias was replaced. */
  switchedRows: number;
  /** Values under the alias `from` that are left, with `switch: 'rows'`. */
  remainingRows: number;
  readonly conflicts: MigrateConflict[];
  readonly missing: MigrateMissing[];
  readonly failed: MigrateFailure[];
  /** Objects at `from` that the journal keeps on purpose now. */
  held: number;
  /** Objects at `from` whose deletion is scheduled. */
  scheduled: number;
  /** What is in the way, one sentence each. */
  readonly problems: string[];
  /** Whether all that there is at `from` is at `to` as well, compared, and with `switch: 'rows'` switched. */
  isComplete: boolean;
  /** Whether no row means `from` any more, and the journal has taken note of it. */
  isSettled: boolean;
  /** What the operator does next, a sentence. */
  next: string;
}

/** A report of nothing. */
export function emptyMigrateReport({ from, to, dryRun = false }: MigrateOptions): MigrateReport {
  return {
    dryRun,
    from,
    to,
    objects: 0,
    bytes: 0,
    copied: 0,
    copiedBytes: 0,
    present: 0,
    verified: 0,
    switchedRows: 0,
    remainingRows: 0,
    conflicts: [],
    missing: [],
    failed: [],
    held: 0,
    scheduled: 0,
    problems: [],
    isComplete: false,
    isSettled: false,
    next: '',
  };
}
