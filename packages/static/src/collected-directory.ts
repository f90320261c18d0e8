import { realpathSync, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StorageOptionsError } from '@filefield/core';
import { ReadOnlyStorage } from './read-only-storage.ts';

/**
 * A directory that files were collected to, whoever did it; nothing is written there, not even what storages keep for
 * themselves. Links are followed: who may write among static files has the program, and Django's `--link` makes them.
 */
export class CollectedDirectory extends ReadOnlyStorage {
  readonly location: string;
  readonly #root: string;

  /** @throws {@link StorageOptionsError} when it is no directory. */
  constructor(directory: string | URL) {
    super();
    const path = resolve(directory instanceof URL ? fileURLToPath(directory) : directory);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new StorageOptionsError(
        `Cannot load the static files from ${JSON.stringify(basename(path))}: it is no directory`,
      );
    }
    this.#root = realpathSync(path);
    this.location = pathToFileURL(this.#root + sep).href;
  }

  protected async pathFor(name: string): Promise<string> {
    return join(this.#root, name);
  }
}
