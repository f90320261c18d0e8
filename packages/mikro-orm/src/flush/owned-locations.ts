import type { FileStorage } from '@filefield/core';
import type { Journal } from '../journal/journal.ts';
import { isSameOwner, takeLocation } from '../worker/owner.ts';

/** What {@link OwnedLocations} needs of the extension. */
export interface OwnedLocationsOptions {
  readonly environment: string | null;
  readonly warn: (message: string) => void;
}

/**
 * The locations that this process has taken for its environment and journal. Whoever uploads first owns a location:
 * a worker of another deployment that comes later deletes nothing there.
 */
export class OwnedLocations {
  readonly #options: OwnedLocationsOptions;
  readonly #taken = new Map<string, Promise<void>>();

  constructor(options: OwnedLocationsOptions) {
    this.#options = options;
  }

  /**
   * Takes the location of a storage, once in this process; tells when it belongs to somebody else, and tries a failure again.
   *
   * @param journal One whose writes no user transaction takes back.
   */
  async take(storage: FileStorage, journal: Journal): Promise<void> {
    const { location } = storage;
    let taken = this.#taken.get(location);
    if (taken === undefined) {
      taken = this.#take(storage, journal);
      this.#taken.set(location, taken);
    }
    await taken;
  }

  async #take(storage: FileStorage, journal: Journal): Promise<void> {
    const { environment, warn } = this.#options;
    const shown = JSON.stringify(storage.alias ?? '');
    try {
      const us = { environment, journal: await journal.identity() };
      if (isSameOwner(await takeLocation(storage, us), us)) return;
      warn(
        `Storage ${shown} belongs to another environment or database: nothing is reclaimed there, ` +
          `claimLocation(${shown}) takes it over`,
      );
    } catch (error) {
      // The upload itself will tell the caller when the storage is down.
      this.#taken.delete(storage.location);
      warn(
        `Cannot take the location of storage ${shown}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
