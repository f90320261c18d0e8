import { InvalidNameError, type FileStorage } from '@filefield/core';

/**
 * Finds names that a storage refuses, or that are one to it where they are two to another: ask in the order of UTF-8
 * bytes. Where case counts, memory does not grow with them.
 */
export class NameCollisions {
  readonly #target: FileStorage;
  readonly #folded: Map<string, string> | undefined;
  /** Names that may be the directory of those to come. */
  readonly #above: string[] = [];

  constructor(target: FileStorage) {
    this.#target = target;
    this.#folded = target.capabilities.caseSensitive ? undefined : new Map();
  }

  /** Why the target cannot hold an object of this name beside those before it; `undefined`: it can. */
  reasonAgainst(name: string): string | undefined {
    if (!this.#target.capabilities.path) return this.#folding(name);
    try {
      this.#target.path(name);
    } catch (error) {
      if (error instanceof InvalidNameError) return error.message;
      throw error;
    }
    return this.#below(name) ?? this.#folding(name);
  }

  /** A disk has no file that is a directory as well. */
  #below(name: string): string | undefined {
    // What comes between a name and what lies below it begins with it.
    while (this.#above.length > 0 && !name.startsWith(this.#above.at(-1) ?? '')) this.#above.pop();
    const file = this.#above.find((above) => name.startsWith(`${above}/`));
    if (file !== undefined) return `its directory would be the file ${JSON.stringify(file)}`;
    this.#above.push(name);
    return undefined;
  }

  #folding(name: string): string | undefined {
    if (this.#folded === undefined) return undefined;
    const folded = name.toLowerCase();
    const other = this.#folded.get(folded);
    if (other === undefined) this.#folded.set(folded, name);
    return other && `the storage takes it for ${JSON.stringify(other)}, which differs in case only`;
  }
}
