import { StorageError } from '@filefield/core';
import { compareNames } from '@filefield/core/binding';

/** The first of names in the order of UTF-8 bytes. */
export function firstName(...names: readonly (string | undefined)[]): string {
  const there = names.filter((name) => name !== undefined);
  return there.reduce(
    (one, other) => (compareNames(one, other) <= 0 ? one : other),
    there[0] ?? '',
  );
}

/** Items in the order of their names, one by one; `next()` throws a {@link StorageError} where they are not in it. */
export class Ascending<Item extends { readonly name: string }> implements AsyncDisposable {
  readonly #items: AsyncIterator<Item>;
  readonly #what: string;
  #last = '';

  constructor(items: AsyncIterable<Item>, what: string) {
    this.#items = items[Symbol.asyncIterator]();
    this.#what = what;
  }

  async next(): Promise<Item | undefined> {
    const { done, value } = await this.#items.next();
    if (done === true) return undefined;
    if (compareNames(this.#last, value.name) > 0) {
      const order = `${this.#what} it after ${JSON.stringify(this.#last)}`;
      throw new StorageError(
        'compare',
        { name: value.name },
        `${order}, the order of UTF-8 bytes is wanted`,
      );
    }
    this.#last = value.name;
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#items.return?.();
  }
}
