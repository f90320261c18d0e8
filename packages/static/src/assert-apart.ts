import { StorageOptionsError } from '@filefield/core';

/** A storage, as far as its place is concerned. */
export interface Place {
  readonly alias?: string | undefined;
  readonly location: string;
}

/**
 * Refuses a start where somebody's upload could take the place of a static file, or be served as one: no storage of
 * uploads may share the location of the static files, lie inside it, or around it.
 *
 * @throws {@link StorageOptionsError} naming both storages.
 */
export function assertApart(statics: Place, media: Iterable<Place>): void {
  for (const other of media) {
    const isInside = other.location.startsWith(statics.location);
    if (!isInside && !statics.location.startsWith(other.location)) continue;
    const isSame = other.location === statics.location;
    const relation = isSame ? 'both have one location' : 'one lies inside the other';
    throw new StorageOptionsError(
      `Cannot keep static files in ${named(statics)} and uploads in ${named(other)}: ` +
        `${relation}, so an upload could take the place of a static file; give each its own`,
    );
  }
}

function named({ alias }: Place): string {
  return alias === undefined ? 'a storage' : `storage ${JSON.stringify(alias)}`;
}
