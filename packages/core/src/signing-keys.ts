import { timingSafeEqual } from 'node:crypto';
import { StorageOptionsError } from './errors.ts';

/** @throws {@link StorageOptionsError} when a key could be guessed. @param what What they sign: `URLs`, `uploads`. */
export function assertKeys(what: string, keys: readonly string[]): void {
  if (keys.every((key) => typeof key === 'string' && key.length >= 32)) return;
  throw new StorageOptionsError(`Cannot sign ${what}: a key has fewer than 32 characters`);
}

/** Whether one of the keys makes this signature; takes as long for a wrong one as for the right one. */
export function isSignedBy(
  keys: readonly string[],
  given: Uint8Array,
  sign: (key: string) => Uint8Array,
): boolean {
  return keys.some((key) => {
    const wanted = sign(key);
    return wanted.byteLength === given.byteLength && timingSafeEqual(wanted, given);
  });
}
