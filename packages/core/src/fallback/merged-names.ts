import { compareNames } from '../byte-order.ts';
import type { FileStat, Listing } from '../file-storage.ts';

/** What lies in either of two directories; of an object that lies in both, the first tells. */
export function mergedListing(first: Listing, second: Listing): Listing {
  const directories = new Set([...first.directories, ...second.directories]);
  const files = new Map([...second.files, ...first.files].map((file) => [file.name, file]));
  return {
    directories: [...directories].toSorted(compareNames),
    files: [...files.values()].toSorted((a, b) => compareNames(a.name, b.name)),
  };
}

/** Walks through two storages side by side, in UTF-8 byte order; of an object that lies in both, the first tells. */
export async function* mergedWalk(
  first: AsyncIterable<FileStat>,
  second: AsyncIterable<FileStat>,
): AsyncGenerator<FileStat> {
  const [left, right] = [first[Symbol.asyncIterator](), second[Symbol.asyncIterator]()];
  try {
    // The second is asked first: an object on its way into the first is then seen in one of them.
    let other = await next(right);
    let one = await next(left);
    while (one !== undefined || other !== undefined) {
      const order = ordered(one, other);
      if (order <= 0 && one !== undefined) yield one;
      else if (other !== undefined) yield other;
      if (order >= 0) other = await next(right);
      if (order <= 0) one = await next(left);
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}

async function next(files: AsyncIterator<FileStat>): Promise<FileStat | undefined> {
  const { done, value } = await files.next();
  return done === true ? undefined : value;
}

function ordered(one: FileStat | undefined, other: FileStat | undefined): number {
  if (one === undefined) return 1;
  return other === undefined ? -1 : compareNames(one.name, other.name);
}
