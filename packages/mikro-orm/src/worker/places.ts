import type { FileStorage } from '@filefield/core';

/** What the worker needs of a registry. */
export interface StorageRegistry {
  readonly aliases: readonly string[];
  get(alias: string): FileStorage;
}

/** A location of this process, and every alias that means it. */
export interface Place {
  readonly location: string;
  /** One of the storages at this location; any will do. */
  readonly storage: FileStorage;
  readonly aliases: readonly string[];
}

/** The locations of a registry; a storage that cannot be built has none, and is a problem to report. */
export function placesOf(storages: StorageRegistry): { places: Place[]; problems: string[] } {
  const places = new Map<string, { location: string; storage: FileStorage; aliases: string[] }>();
  const problems: string[] = [];
  for (const alias of storages.aliases) {
    try {
      const storage = storages.get(alias);
      const place = places.get(storage.location);
      if (place) place.aliases.push(alias);
      else places.set(storage.location, { location: storage.location, storage, aliases: [alias] });
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { places: [...places.values()], problems };
}

/** The places as one SQL parameter: a row `(storage, location)` for each alias. */
export function placesParameter(places: readonly Place[]): string {
  return JSON.stringify(
    places.flatMap(({ location, aliases }) => aliases.map((storage) => ({ storage, location }))),
  );
}
