import { isReclaimedError } from '../journal/reclaimed-error.ts';

/** Why nothing is stored where the location is somebody else's. */
export const foreign = 'its location belongs to another deployment';

/**
 * No variant may be stored under a name: it is being reclaimed, or was not long ago, and is free once its tombstone is over;
 * or the location is another deployment's.
 */
export class BarredNameError extends Error {
  constructor(name: string, reason = 'an object of this name is being reclaimed, or was') {
    super(`Cannot store "${name}": ${reason}`);
    this.name = 'BarredNameError';
  }
}

/** Whether a variant could not be stored or listed because its name is barred. */
export function isBarred(error: unknown): boolean {
  return error instanceof BarredNameError || isReclaimedError(error);
}
