import type { Request } from 'playwright-core';
import type { Team } from './start-team.ts';

/** The example running on a kind of storage. */
export interface Place {
  readonly team: Team;
  /** Where files are sent. */
  readonly uploads: RegExp;
  /** Whether a request carries a whole file to the storage. */
  readonly isUpload: (request: Request) => boolean;
  /** Whether a request carries a part of a file. */
  readonly isPart: (request: Request) => boolean;
  /** What began and was neither completed nor aborted. */
  readonly unfinished: () => Promise<string[]>;
}
