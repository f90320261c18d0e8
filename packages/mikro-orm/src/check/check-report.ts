import type { FileStorage } from '@filefield/core';

/** What was found out about one thing. */
export interface CheckFinding {
  /** What it is about: `database`, `journal functions`, `storage "private": versioning`. */
  readonly subject: string;
  /** `bad`: something fails or will, or is open that should not be. `advice`: it works, and could be better. `unknown`: nobody here may know. */
  readonly state: 'good' | 'advice' | 'bad' | 'unknown';
  /** What was found. */
  readonly message: string;
  /** What does not work, or will not, while it stays so. */
  readonly breaks?: string | undefined;
  /** What to do: a sentence, or statements to run. */
  readonly fix?: string | undefined;
}

/** What `probe()` of `@filefield/s3` answers, as far as it is asked here. */
export interface ProbeLike {
  readonly findings: readonly CheckFinding[];
}

/** Options of `files.check()`. */
export interface CheckOptions {
  /** Looks at the place behind a storage, as `probe()` of `@filefield/s3` does; answers nothing for one that it does not know. Default: no place is looked at. */
  readonly probe?: ((storage: FileStorage) => Promise<ProbeLike | undefined>) | undefined;
}

/** What `files.check()` found. */
export interface CheckReport {
  /** Whether nothing is bad. */
  readonly isGood: boolean;
  readonly findings: readonly CheckFinding[];
}
