import { isReclaimedError } from '../journal/reclaimed-error.ts';

/** The name of a variant is being reclaimed, or was not long ago: it can be stored again once its tombstone is over. */
export class BarredNameError extends Error {
  constructor(name: string) {
    super(`Cannot store "${name}": an object of this name is being reclaimed, or was`);
    this.name = 'BarredNameError';
  }
}

/** Whether a variant could not be stored or listed because its name is barred. */
export function isBarred(error: unknown): boolean {
  return error instanceof BarredNameError || isReclaimedError(error);
}
