import type { RowProblem, RowProblemKind } from './row-problem.ts';

/** What a run over the rows of a field tells while it goes on. */
export interface RowProgress {
  /** Rows looked at. */
  readonly done: number;
  /** Rows that there were to look at when it began. */
  readonly total: number;
  /** Bytes of the objects found. */
  readonly bytes: number;
  /** The object that was looked at last. */
  readonly name: string;
}

/** Options that `files.adopt()` and `files.backfill()` have in common. */
export interface RowsOptions {
  /** Whether each object is read once, for its SHA-256 and its type by its bytes. `false` asks the storage only. Default `true`. */
  readonly checksum?: boolean | undefined;
  /** Writes nothing and reads no object: counts rows, bytes and problems. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** Objects that are looked at once. Default 8. */
  readonly concurrency?: number | undefined;
  /** Problems that are told; further ones are counted. Default 1,000. */
  readonly limit?: number | undefined;
  /** Ends the run; what was written stays, and the next run goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each row. Default: nobody asks, and the rows are not counted before. */
  readonly onProgress?: ((progress: RowProgress) => void) | undefined;
}

/** Options of `files.adopt()`. */
export interface AdoptOptions extends RowsOptions {
  /** The former column of the same table: names, or URLs. */
  readonly column: string;
  /**
   * What the URLs of the former column begin with, up to the name of the object: one or several. Default: the column
   * holds names.
   */
  readonly baseUrl?: string | readonly string[] | undefined;
  /** The alias under which the objects are found. Default: the field's. */
  readonly storage?: string | undefined;
  /** `false`: the rows do not own their objects, because another program still writes the former column. Default `true`. */
  readonly owned?: boolean | undefined;
}

/** What `files.adopt()` and `files.backfill()` have in common to tell. */
export interface RowsReport {
  /** Whether nothing was written. */
  readonly dryRun: boolean;
  /** Rows looked at: those that were done by an earlier run are not among them. */
  readonly rows: number;
  /** Bytes of the objects of the rows that were written, or would be. */
  readonly bytes: number;
  /** Rows that somebody else wrote meanwhile, which won. */
  readonly overtaken: number;
  /** Rows that were left as they are, up to the limit. */
  readonly problems: readonly RowProblem[];
  /** How many problems there are of each kind. */
  readonly counts: Readonly<Partial<Record<RowProblemKind, number>>>;
  /** Problems beyond the limit. */
  readonly more: number;
  /** Whether nothing is left to do. */
  readonly isComplete: boolean;
}

/** What `files.adopt()` did. */
export interface AdoptReport extends RowsReport {
  /** Rows that have a file now, or would have. */
  readonly adopted: number;
}

/** What `files.backfill()` did. */
export interface BackfillReport extends RowsReport {
  /** Rows that tell everything now, or would. */
  readonly filled: number;
}
