import type { ImageEngine } from '@filefield/core';
import type { FailPointOptions } from '../fail-points.ts';
import type { Journal } from '../journal/journal.ts';
import type { OwnedLocations } from './owned-locations.ts';

/** What a batch of uploads needs from the extension. */
export interface UploadHost extends FailPointOptions {
  /** The zone of the dates in `uploadTo`. */
  readonly timeZone: string;
  /** What signs the tokens of direct uploads; the first signs. */
  readonly keys: readonly string[];
  /** What makes variants before a row is written. */
  readonly engine: ImageEngine | undefined;
  /** How many uploads of one flush run at once. */
  readonly concurrency: number;
  /** Milliseconds that a journal row protects an upload before it may be reclaimed. */
  readonly uploadTimeout: number;
  /** Tells of what must not fail the flush. */
  warn(message: string): void;
}

/** A batch's way to the journal: outside the transaction that will write the rows, wherever there is a second connection. */
export interface UploadBatch {
  readonly host: UploadHost;
  readonly journal: Journal;
  /** Makes locations ours before the first upload; not where a rollback could take the journal's identity back. */
  readonly locations: OwnedLocations | undefined;
}
