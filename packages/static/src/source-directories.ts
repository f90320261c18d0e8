import { constants, realpathSync, statSync } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  CheckedStorage,
  StorageOptionsError,
  UnsupportedOperationError,
  type ByteRange,
  type FileStat,
  type Level,
  type ObjectBody,
} from '@filefield/core';
import { fileBody, fileStat } from '@filefield/core/binding';

/** A directory whose files have names below a prefix. */
export interface SourceDirectory {
  readonly directory: string | URL;
  /** Without slashes at its ends. Default `''`: names begin right below the directory. */
  readonly prefix?: string | undefined;
}

/**
 * Directories of which files are only read, one over the other: of two files with one name the first is found. Links are
 * followed, since who may write here has the program; `--link` collects them.
 */
export class SourceDirectories extends CheckedStorage {
  readonly location: string;
  override readonly visibility = 'public';
  readonly #places: readonly { readonly root: string; readonly prefix: string }[];

  /** @throws {@link StorageOptionsError} when there is no such directory. */
  constructor(sources: readonly SourceDirectory[]) {
    super();
    this.#places = sources.map(({ directory, prefix = '' }) => ({
      root: existing(directory),
      prefix: prefix === '' ? '' : `${prefix}/`,
    }));
    const [first] = this.locations;
    if (first === undefined) {
      throw new StorageOptionsError('Cannot find static files: there are no source directories');
    }
    this.location = first;
  }

  /** The location of every directory. */
  get locations(): readonly string[] {
    return this.#places.map(({ root }) => pathToFileURL(root + sep).href);
  }

  protected async readObject(name: string, range: ByteRange): Promise<ObjectBody | undefined> {
    for (const path of this.#paths(name)) {
      // Without O_NONBLOCK the opening of a pipe would wait for its writer.
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(absent);
      if (handle === undefined) continue;
      const body = await bodyOf(handle, range);
      if (body !== undefined) return body;
    }
    return undefined;
  }

  protected async statObject(name: string): Promise<FileStat | undefined> {
    for (const path of this.#paths(name)) {
      const stats = await stat(path, { bigint: true }).catch(absent);
      if (stats?.isFile() === true) return fileStat(name, stats);
    }
    return undefined;
  }

  protected async listLevel(): Promise<Level> {
    throw this.#onlyRead('list');
  }

  protected async writeObject(): Promise<string> {
    throw this.#onlyRead('save');
  }

  protected async removeObject(): Promise<void> {
    throw this.#onlyRead('delete');
  }

  #paths(name: string): string[] {
    return this.#places
      .filter(({ prefix }) => name.startsWith(prefix))
      .map(({ root, prefix }) => join(root, name.slice(prefix.length)));
  }

  #onlyRead(operation: string): UnsupportedOperationError {
    return new UnsupportedOperationError(operation, this.alias, 'the files are only read here');
  }
}

/** `undefined` when it is no regular file; then it is closed. */
async function bodyOf(handle: FileHandle, range: ByteRange): Promise<ObjectBody | undefined> {
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return fileBody(handle, stats, range);
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

function existing(directory: string | URL): string {
  const path = resolve(directory instanceof URL ? fileURLToPath(directory) : directory);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return realpathSync(path);
  throw new StorageOptionsError(
    `Cannot find static files in ${JSON.stringify(basename(path))}: it is no directory`,
  );
}

/** For `catch`: there is nothing of that name, or nothing that can be. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO', 'ENAMETOOLONG'].includes(error.code ?? ''))
    return undefined;
  throw error;
}
