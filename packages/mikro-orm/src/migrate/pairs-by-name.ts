import type { FileStat } from '@filefield/core';
import { Ascending, firstName } from '../reconcile/ascending.ts';
import type { Route } from './route.ts';

/** A name, and what lies under it at both ends. */
export interface NamePair {
  readonly name: string;
  /** Bytes that a listing tells; of the source where it has the object. */
  readonly size: number;
  readonly source: FileStat | undefined;
  readonly target: FileStat | undefined;
}

/**
 * Goes through both listings side by side; neither is kept.
 *
 * @throws {@link StorageError} when one of them is not in the order of UTF-8 bytes.
 */
export async function* pairsByName({ source, target }: Route): AsyncGenerator<NamePair> {
  await using left = new Ascending(source.walk(), 'the storage lists');
  await using right = new Ascending(target.walk(), 'the storage lists');
  let one = await left.next();
  let other = await right.next();
  while (one !== undefined || other !== undefined) {
    const name = firstName(one?.name, other?.name);
    const source = one?.name === name ? one : undefined;
    const target = other?.name === name ? other : undefined;
    yield { name, size: (source ?? target)?.size ?? 0, source, target };
    if (source !== undefined) one = await left.next();
    if (target !== undefined) other = await right.next();
  }
}
