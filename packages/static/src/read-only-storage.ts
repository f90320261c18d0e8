import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import {
  CheckedStorage,
  UnsupportedOperationError,
  type ByteRange,
  type FileStat,
  type Level,
  type ObjectBody,
} from '@filefield/core';
import { fileBody, fileStat } from '@filefield/core/binding';
import { isAbsence } from './static-source.ts';

/** Files of this machine that are only read. */
export abstract class ReadOnlyStorage extends CheckedStorage {
  override readonly visibility = 'public';

  /** Where a file would lie; `undefined` when it lies nowhere. */
  protected abstract pathFor(name: string): Promise<string | undefined>;

  protected async statObject(name: string): Promise<FileStat | undefined> {
    const path = await this.pathFor(name);
    if (path === undefined) return undefined;
    const stats = await stat(path, { bigint: true }).catch(undefinedIfAbsent);
    return stats?.isFile() === true ? fileStat(name, stats) : undefined;
  }

  protected async readObject(name: string, range: ByteRange): Promise<ObjectBody | undefined> {
    const path = await this.pathFor(name);
    if (path === undefined) return undefined;
    // Without O_NONBLOCK the opening of a pipe would wait for its writer.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    const handle = await open(path, flags).catch(undefinedIfAbsent);
    if (handle === undefined) return undefined;
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

  protected async listLevel(): Promise<Level> {
    throw this.#refused('list');
  }

  protected async writeObject(): Promise<string> {
    throw this.#refused('save');
  }

  protected async removeObject(): Promise<void> {
    throw this.#refused('delete');
  }

  #refused(operation: string): UnsupportedOperationError {
    return new UnsupportedOperationError(operation, this.alias, 'static files are only read here');
  }
}

/** For `catch`. */
function undefinedIfAbsent(error: unknown): undefined {
  const isSocket = error instanceof Error && 'code' in error && error.code === 'ENXIO';
  if (!isSocket && !isAbsence(error)) throw error;
}
