import { StorageOptionsError } from '@filefield/core';

/** A storage, as far as its place is concerned. */
export interface Place {
  readonly alias?: string | undefined;
  readonly location: string;
  /** Further places that count as this one, as those of a `fallbackStorage()` do. Default: none. */
  readonly parts?: readonly { readonly location: string }[] | undefined;
}

/**
 * Refuses a start where somebody's upload could take the place of a static file, or be served as one: no storage of
 * uploads may share the location of the static files, lie inside it, or around it.
 *
 * @throws {@link StorageOptionsError} naming both storages.
 */
export function assertApart(statics: Place, media: Iterable<Place>): void {
  for (const other of media) {
    const relation = relationOf(statics, other);
    if (relation === undefined) continue;
    throw new StorageOptionsError(
      `Cannot keep static files in ${named(statics)} and uploads in ${named(other)}: ` +
        `${relation}, so an upload could take the place of a static file; give each its own`,
    );
  }
}

function relationOf(one: Place, other: Place): string | undefined {
  for (const { location } of one.parts ?? [one]) {
    for (const { location: beside } of other.parts ?? [other]) {
      if (beside === location) return 'both have one location';
      const isNested = beside.startsWith(location) || location.startsWith(beside);
      if (isNested) return 'one lies inside the other';
    }
  }
  return undefined;
}

function named({ alias }: Place): string {
  return alias === undefined ? 'a storage' : `storage ${JSON.stringify(alias)}`;
}
