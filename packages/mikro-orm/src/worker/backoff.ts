/** Failures in a row after which a row of the journal is given up (*dead*) and only reported. */
export const maxAttempts = 20;

const firstDelay = 5;
const longestDelay = 6 * 60 * 60;

/**
 * Seconds to wait before the next attempt: doubles from 5 seconds to 6 hours, of which the later half is
 * random, so that objects which failed together do not come back together. Twenty attempts take two days.
 *
 * @param attempts Failures so far, at least 1.
 * @param random Between 0 and 1. Default: a random number.
 */
export function backoff(attempts: number, random: number = Math.random()): number {
  const delay = Math.min(firstDelay * 2 ** (attempts - 1), longestDelay);
  return (delay * (1 + random)) / 2;
}
