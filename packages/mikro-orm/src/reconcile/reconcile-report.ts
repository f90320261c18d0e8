import type { Duration } from '../duration.ts';

/** Options of `files.reconcile()`. */
export interface ReconcileOptions {
  /** The storages to look through. Default: all but those that {@link ReconcileReport.leftAlone} tells. */
  readonly aliases?: readonly string[] | undefined;
  /** `false` lists orphans and unfinished writes in the journal, so that the worker reclaims them. Default `true`: nothing is written. */
  readonly dryRun?: boolean | undefined;
  /** What was written within this time is left alone: its row may be on the way. Default `24h`. */
  readonly olderThan?: Duration | undefined;
  /** Findings of each kind and location that are told, hence orphans that one run can schedule. Default 10,000. */
  readonly limit?: number | undefined;
  /** Ends the comparison; what was scheduled by then stays scheduled. */
  readonly signal?: AbortSignal | undefined;
}

/** An object that no row refers to and the journal does not list. */
export interface Orphan {
  readonly storage: string;
  readonly name: string;
  /** Bytes in the storage. */
  readonly size: number;
  readonly modifiedAt: Date;
}

/** A value whose object is gone. */
export interface MissingObject {
  readonly storage: string;
  readonly name: string;
  /** Where the value is: `schema.table.column`. */
  readonly column: string;
}

/** A value that says another size than its object has. */
export interface SizeDifference extends MissingObject {
  /** Bytes that the row tells. */
  readonly expected: number;
  /** Bytes that the object has. */
  readonly received: number;
}

/** Something that a write left which never became an object, by the name that the storage gives it. */
export interface UnfinishedLeft {
  readonly storage: string;
  readonly name: string;
  readonly modifiedAt: Date;
}

/** An object that the worker has given up to delete. */
export interface DeadObject {
  readonly storage: string;
  readonly name: string;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly error: string;
}

/** What a comparison of storages and database found. */
export interface ReconcileReport {
  /** Whether nothing was written. */
  readonly dryRun: boolean;
  /** Objects that were seen. */
  objects: number;
  /** Their bytes, as they are stored. */
  bytes: number;
  /** Names that rows refer to. */
  references: number;
  /** Unreferenced objects, and unfinished writes, that are too young to be judged. */
  young: number;
  readonly orphans: Orphan[];
  readonly missing: MissingObject[];
  readonly differences: SizeDifference[];
  readonly unfinished: UnfinishedLeft[];
  readonly dead: DeadObject[];
  /** Orphans and unfinished writes that the journal lists now, due when the grace is over. */
  scheduled: number;
  /** Findings beyond the limit, which are counted and not told. */
  more: number;
  /**
   * Aliases of storages that no field of this process declares, and of which neither a row nor the journal knows an
   * object, such as that of static files: what lies there is not of rows. Name one in `aliases` to look through it.
   */
  readonly leftAlone: string[];
  /** Why a location was not looked through, or nothing was scheduled there; one sentence each. */
  readonly problems: string[];
}

/** A report of nothing. */
export function emptyReconcileReport(dryRun: boolean): ReconcileReport {
  return {
    dryRun,
    objects: 0,
    bytes: 0,
    references: 0,
    young: 0,
    orphans: [],
    missing: [],
    differences: [],
    unfinished: [],
    dead: [],
    scheduled: 0,
    more: 0,
    leftAlone: [],
    problems: [],
  };
}
