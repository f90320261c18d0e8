import { StorageOptionsError } from '@filefield/core';
import { windowStart } from './url-window.ts';

/** A signed URL's time, in seconds since the epoch. */
export interface UrlLifetime {
  /** When its window began: the date of its signature. */
  readonly date: number;
  /** When the next window begins: from then on another URL is made. */
  readonly until: number;
  readonly expires: number;
}

/** What decides a {@link UrlLifetime}. */
export interface LifetimeOptions {
  /** Seconds that the storage's URLs live. */
  readonly urlExpiresIn: number;
  /** Seconds that they stay the same. Default: half of their life. */
  readonly urlWindow?: number | undefined;
  /** Seconds that this one is to live. Default: `urlExpiresIn`. */
  readonly expiresIn?: number | undefined;
  /** When the credentials end that sign it, in seconds since the epoch. Default: never. */
  readonly last?: number | undefined;
}

const week = 604_800;

/**
 * The time of a URL that is made now: at least its life less its window from now, unless the credentials end sooner.
 *
 * @param now Seconds since the epoch.
 * @throws {@link StorageOptionsError} when the life is no whole number from 1 to 604,800, the most that S3 accepts.
 */
export function urlLifetime(name: string, options: LifetimeOptions, now: number): UrlLifetime {
  const { urlExpiresIn, urlWindow, expiresIn = urlExpiresIn, last = Infinity } = options;
  assertLifetime(expiresIn);
  const half = Math.floor(expiresIn / 2);
  // One that is wanted for a shorter time than usual is not to live shorter than half of that.
  const longest = expiresIn < urlExpiresIn ? half : Infinity;
  const window = Math.max(1, Math.min(urlWindow ?? half, longest));
  const date = windowStart(name, window, now);
  return {
    date,
    until: Math.min(date + window, last),
    expires: Math.min(date + expiresIn, last),
  };
}

/** @throws {@link StorageOptionsError} when no URL can live that long. */
export function assertLifetime(seconds: number): void {
  if (Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= week) return;
  throw new StorageOptionsError(
    `Cannot sign a URL for ${seconds} seconds: a whole number from 1 to ${week} is wanted`,
  );
}
