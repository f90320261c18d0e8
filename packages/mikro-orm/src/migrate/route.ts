import { StorageOptionsError, type FileStorage } from '@filefield/core';
import { partsOf } from '@filefield/core/binding';
import type { StorageRegistry } from '../worker/places.ts';

/** From where to where objects go, and what the aliases of this process mean. */
export interface Route {
  readonly from: string;
  readonly to: string;
  readonly source: FileStorage;
  readonly target: FileStorage;
  /** Aliases that are known and may mean an object at the source. */
  readonly sourceAliases: readonly string[];
  /** Aliases that are known and may mean an object at the target. */
  readonly targetAliases: readonly string[];
  /** Every alias that is known. */
  readonly known: readonly string[];
  /** The locations at which an object may be that was journaled so; `undefined`: anywhere. */
  readonly placesOf: (alias: string, location: string | null) => readonly string[] | undefined;
}

/**
 * Resolves both aliases.
 *
 * @throws {@link UnknownStorageError} for an alias that nobody defined. @throws {@link StorageOptionsError} when both are
 * one place, or one is made of several places; that one lies in the other is refused when the ORM starts.
 */
export function routeOf(storages: StorageRegistry, from: string, to: string): Route {
  const source = storages.get(from);
  const target = storages.get(to);
  const aliases = `"${from}" to "${to}"`;
  for (const [alias, storage] of [
    [from, source],
    [to, target],
  ] as const) {
    if (storage.parts === undefined) continue;
    throw new StorageOptionsError(
      `Cannot migrate ${aliases}: "${alias}" is made of several places, name one of them`,
    );
  }
  if (source.location === target.location) {
    throw new StorageOptionsError(`Cannot migrate ${aliases}: both are the same place`);
  }

  const meanings = new Map<string, { location: string; places: readonly string[] }>();
  for (const alias of storages.aliases) {
    const storage = built(storages, alias);
    if (storage === undefined) continue;
    const places = partsOf(storage).map(({ location }) => location);
    meanings.set(alias, { location: storage.location, places });
  }
  const meaning = (location: string): string[] =>
    [...meanings].filter(([, { places }]) => places.includes(location)).map(([alias]) => alias);
  return {
    from,
    to,
    source,
    target,
    sourceAliases: meaning(source.location),
    targetAliases: meaning(target.location),
    known: [...meanings.keys()],
    placesOf(alias, location) {
      const known = meanings.get(alias);
      if (location !== null && location !== known?.location) return [location];
      return known?.places;
    },
  };
}

/** One that cannot be built means nothing known: it counts as an alias that this process does not know. */
function built(storages: StorageRegistry, alias: string): FileStorage | undefined {
  try {
    return storages.get(alias);
  } catch {
    return undefined;
  }
}
