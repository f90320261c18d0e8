import type { FileStat } from '@filefield/core';
import { Ascending, firstName } from './ascending.ts';

/** What the database says of a name: a value that refers to it, or a row of the journal that lists it. */
export interface NameLine {
  readonly name: string;
  /** `listed` in the journal; referred to by a value that means this location (`ours`), or that may mean it (`perhaps`). */
  readonly kind: 'listed' | 'ours' | 'perhaps';
  /** Where the value is: `schema.table.column`. */
  readonly column: string;
  /** Bytes that the object has according to the value. */
  readonly size?: number | undefined;
}

/** All that is known of one name. */
export interface NameMatch<Item = FileStat> {
  readonly name: string;
  readonly object: Item | undefined;
  readonly isListed: boolean;
  readonly isReferred: boolean;
  /** A value that means this location. */
  readonly value: NameLine | undefined;
  /** A value that means this location and tells another size than the object has. */
  readonly differing: NameLine | undefined;
}

/**
 * Goes through objects and the database's lines side by side. Neither is kept: memory does not grow with them.
 *
 * @throws {@link StorageError} when one of the two is not in the order of UTF-8 bytes, so that nothing follows from
 * what is not found.
 */
export async function* matchByName<Item extends Pick<FileStat, 'name' | 'size'>>(
  objects: AsyncIterable<Item>,
  lines: AsyncIterable<NameLine>,
): AsyncGenerator<NameMatch<Item>> {
  await using left = new Ascending(objects, 'the storage lists');
  await using right = new Ascending(lines, 'the database sorts');
  let object = await left.next();
  let line = await right.next();
  while (object !== undefined || line !== undefined) {
    const name = firstName(object?.name, line?.name);
    const found = object?.name === name ? object : undefined;
    const match = { name, object: found, isListed: false, isReferred: false, ...none };
    while (line !== undefined && line.name === name) {
      match.isListed ||= line.kind === 'listed';
      match.isReferred ||= line.kind !== 'listed';
      if (line.kind === 'ours') {
        match.value ??= line;
        if (line.size !== undefined && line.size !== found?.size) match.differing ??= line;
      }
      line = await right.next();
    }
    yield match;
    if (found !== undefined) object = await left.next();
  }
}

const none: { value: NameLine | undefined; differing: NameLine | undefined } = {
  value: undefined,
  differing: undefined,
};
