import { StorageOptionsError } from '../errors.ts';
import type { FileStorage } from '../file-storage.ts';
import { partsOf } from '../storage-parts.ts';
import type { TwoParts } from './first-found.ts';

/** @throws {@link StorageOptionsError} when two storages cannot be read as one. */
export function assertOnePlace({ primary, fallback }: TwoParts): void {
  if (primary.visibility !== fallback.visibility) {
    throw new StorageOptionsError(
      `Cannot read through to a fallback that is ${fallback.visibility}: the primary is ${primary.visibility}, give both one visibility`,
    );
  }
  const isNested = partsOf(primary).some((part) =>
    partsOf(fallback).some((other) => isWithin(part, other) || isWithin(other, part)),
  );
  if (!isNested) return;
  throw new StorageOptionsError(
    'Cannot read through to a fallback whose location is that of the primary, or lies inside or around it: give each its own',
  );
}

function isWithin(inner: FileStorage, outer: FileStorage): boolean {
  return inner.location.startsWith(outer.location);
}
