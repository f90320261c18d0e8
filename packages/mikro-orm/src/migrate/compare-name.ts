import type { FileStorage } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { sha256Of } from '../sha256-of.ts';
import type { MoveOptions } from './copy-name.ts';
import type { NamePair } from './pairs-by-name.ts';
import type { Route } from './route.ts';

/** How two objects are compared. */
export interface CompareOptions extends MoveOptions {
  readonly by: 'sha256' | 'size';
  /** SHA-256 of the source's bytes where they were read already. */
  readonly known?: string | undefined;
}

/** What is different about the two objects of a name, as the end of a sentence; `undefined`: nothing. */
export async function differenceOf(
  { source, target }: Route,
  pair: NamePair,
  { by, known, throttle, signal }: CompareOptions,
): Promise<string | undefined> {
  const { name } = pair;
  // A listing tells how many bytes are stored, which says nothing where one end compresses.
  if (pair.source?.size !== pair.target?.size) {
    const [wanted, found] = await Promise.all([source.size(name), target.size(name)]);
    if (wanted !== found) return `it has ${found} bytes, not ${wanted}`;
  }
  if (by === 'size') return undefined;
  const read = async (storage: FileStorage): Promise<string> => {
    const bytes = await storage.open(name, asLibrary({ signal }));
    return await sha256Of(throttle.slowed(bytes, signal));
  };
  const [wanted, found] = await Promise.all([known ?? read(source), read(target)]);
  return wanted === found ? undefined : 'its bytes are others, of the same number';
}
