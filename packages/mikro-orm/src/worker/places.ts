import type { FileStorage } from '@filefield/core';
import { partsOf } from '@filefield/core/binding';

/** What the worker needs of a registry. */
export interface StorageRegistry {
  readonly aliases: readonly string[];
  get(alias: string): FileStorage;
}

/**
 * Locations of this process that count as one, and every alias that means one of them: a name stands for one object
 * there. As a rule it is one location; a `fallbackStorage()` makes one place of its two.
 */
export interface Place {
  /** Stands for the place: the location to write to, which {@link locations} begin with. */
  readonly location: string;
  readonly locations: readonly string[];
  /** A storage for each location, in the order in which they are read. None has parts. */
  readonly storages: readonly FileStorage[];
  /** The first is the alias of {@link location}. */
  readonly aliases: readonly string[];
}

/** The places of a registry; a storage that cannot be built has none, and is a problem to report. */
export function placesOf(storages: StorageRegistry): { places: Place[]; problems: string[] } {
  const named: NamedStorage[] = [];
  const problems: string[] = [];
  for (const alias of storages.aliases) {
    try {
      named.push({ alias, parts: partsOf(storages.get(alias)) });
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { places: united(named).map(placeOf), problems };
}

/** The places as one SQL parameter: for each alias the place, and the locations that rows of the alias may tell. */
export function placesParameter(places: readonly Place[]): string {
  return JSON.stringify(
    places.flatMap(({ location, locations, aliases }) =>
      aliases.map((storage) => ({ storage, location, locations })),
    ),
  );
}

/** The rows of {@link placesParameter}, as SQL names them. */
export const placesRow = 'storage text, location text, locations text[]';

interface NamedStorage {
  readonly alias: string;
  readonly parts: readonly FileStorage[];
}

/** Groups of storages that are linked by locations which they share. */
function united(named: readonly NamedStorage[]): NamedStorage[][] {
  let groups: NamedStorage[][] = [];
  for (const storage of named) {
    const locations = new Set(storage.parts.map(({ location }) => location));
    const linked = groups.filter((group) =>
      group.some(({ parts }) => parts.some(({ location }) => locations.has(location))),
    );
    const group = [...linked.flat(), storage];
    const [first] = linked;
    if (first === undefined) groups.push(group);
    else {
      groups = groups
        .map((one) => (one === first ? group : one))
        .filter((one) => !linked.includes(one));
    }
  }
  return groups;
}

function placeOf(group: readonly NamedStorage[]): Place {
  // Whoever reads through to another location knows in which order.
  const inOrder = group.toSorted((a, b) => b.parts.length - a.parts.length);
  const storages = new Map<string, FileStorage>();
  for (const part of inOrder.flatMap(({ parts }) => parts)) {
    if (!storages.has(part.location)) storages.set(part.location, part);
  }
  const locations = [...storages.keys()];
  const [location = ''] = locations;
  const aliases = inOrder.map(({ alias }) => alias);
  return { location, locations, storages: [...storages.values()], aliases };
}
