import type { FileStorage } from './file-storage.ts';

/** The storages that a storage is made of, each with a location of its own; of most storages itself. */
export function partsOf(storage: FileStorage): readonly FileStorage[] {
  return storage.parts ?? [storage];
}

/** Whether a storage reads whatever another one reads, under the same names. */
export function readsAllOf(storage: FileStorage, other: FileStorage): boolean {
  const locations = new Set(partsOf(storage).map(({ location }) => location));
  return partsOf(other).every(({ location }) => locations.has(location));
}
