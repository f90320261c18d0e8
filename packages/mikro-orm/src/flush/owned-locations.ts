import type { FileStorage } from '@filefield/core';
import type { Journal } from '../journal/journal.ts';
import { partsOf } from '@filefield/core/binding';
import { notOurs, takeLocations } from '../worker/owner.ts';

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
  readonly #taken = new Map<string, Promise<boolean>>();

  constructor(options: OwnedLocationsOptions) {
    this.#options = options;
  }

  /**
   * Takes the locations of a storage, once in this process; tells when one belongs to somebody else, and tries a failure again.
   *
   * @param journal One whose writes no user transaction takes back.
   * @returns `false` when one of them belongs to somebody else; `true` also where nobody can tell.
   */
  async take(storage: FileStorage, journal: Journal): Promise<boolean> {
    const parts = partsOf(storage);
    const place = JSON.stringify(parts.map(({ location }) => location));
    let taken = this.#taken.get(place);
    if (taken === undefined) {
      taken = this.#take(storage, parts, journal).catch((error: unknown) => {
        // The upload itself will tell the caller when the storage is down.
        this.#taken.delete(place);
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.warn(
          `Cannot take the location of storage "${storage.alias ?? ''}": ${reason}`,
        );
        return true;
      });
      this.#taken.set(place, taken);
    }
    return await taken;
  }

  async #take(
    { alias = '' }: FileStorage,
    parts: readonly FileStorage[],
    journal: Journal,
  ): Promise<boolean> {
    const { environment, warn } = this.#options;
    const us = { environment, journal: await journal.identity() };
    const foreign = await takeLocations(parts, us);
    if (foreign.length === 0) return true;
    const reason = notOurs(parts, foreign, alias);
    warn(`Nothing is reclaimed in storage "${alias}": ${reason}`);
    return false;
  }
}
