import { FileNotFoundError, IntegrityError } from '../errors.ts';
import type { FileStorage } from '../file-storage.ts';

/** Two storages that are read as one. */
export interface TwoParts {
  readonly primary: FileStorage;
  readonly fallback: FileStorage;
}

/**
 * What the first part answers that has the object, or the version of it. The primary is asked once more at the end: an
 * object may have been copied there and taken out of the fallback between the first look and the second.
 *
 * @throws what the primary said, where no part has it; any other failure at once.
 */
export async function firstFound<T>(
  { primary, fallback }: TwoParts,
  look: (part: FileStorage) => Promise<T>,
): Promise<T> {
  let absence: unknown;
  for (const part of [primary, fallback, primary]) {
    try {
      return await look(part);
    } catch (error) {
      if (!(error instanceof FileNotFoundError || error instanceof IntegrityError)) throw error;
      // That there is another version tells more than that there is none.
      if (absence === undefined || error instanceof IntegrityError) absence = error;
    }
  }
  throw absence;
}
