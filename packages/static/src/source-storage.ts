import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StorageOptionsError } from '@filefield/core';
import { findStatic } from './find-static.ts';
import type { IgnoreOptions } from './ignore-patterns.ts';
import { ReadOnlyStorage } from './read-only-storage.ts';
import { sourceDirectories, type SourceOptions } from './static-source.ts';

/** The files of the sources, found as `collectStatic()` would find them, each time anew. */
export class SourceStorage extends ReadOnlyStorage {
  readonly location: string;
  /** The locations of the directories. */
  readonly locations: readonly string[];
  readonly #options: SourceOptions & IgnoreOptions;

  private constructor(
    options: SourceOptions & IgnoreOptions,
    locations: readonly [string, ...string[]],
  ) {
    super();
    this.#options = options;
    this.locations = locations;
    [this.location] = locations;
  }

  /** @throws {@link StorageOptionsError} when a source cannot be one, or is not there. */
  static async open(options: SourceOptions & IgnoreOptions): Promise<SourceStorage> {
    const { directories, problems } = await sourceDirectories(options);
    const [first, ...others] = directories.map(({ root }) => pathToFileURL(root + sep).href);
    if (first !== undefined && problems.length === 0) {
      return new SourceStorage(options, [first, ...others]);
    }
    const reason = problems.map(({ message }) => message).join('; ') || 'there are no sources';
    throw new StorageOptionsError(`Cannot find static files in development: ${reason}`);
  }

  protected async pathFor(name: string): Promise<string | undefined> {
    const [found] = await findStatic(name, this.#options);
    return found?.path;
  }
}
