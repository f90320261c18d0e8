import type { FileStat } from '@filefield/core';

/**
 * What a migration notes of an object in the journal row that holds it, below the key `migration` of its value. Only
 * extended: a later version reads what an earlier one wrote.
 */
export interface Marks {
  /** The location that it is copied from, or was copied to. */
  readonly other: string;
  /** A value that owned it referred to the object, or the journal listed it, when it was held. */
  readonly wanted: boolean;
  /** Something lay there when it was held. */
  readonly found?: boolean | undefined;
  /** What a migration has written there itself: SHA-256 of the bytes of which version of the origin. */
  readonly copied?: { readonly of: string; readonly sha256?: string | undefined } | undefined;
  /** Which version was found equal to which of the origin, and by what. */
  readonly verified?: Verified | undefined;
  /** The run that has verified it. */
  readonly run?: string | undefined;
}

/** Two versions of which the bytes were compared. */
export interface Verified {
  readonly of: string;
  readonly as: string;
  readonly by: 'sha256' | 'size';
}

/** Tells one version of an object from another, as listings show it. */
export function versionOf({ size, etag, modifiedAt }: FileStat): string {
  return `${size} ${etag ?? modifiedAt.toISOString()}`;
}
