import { randomUUID } from 'node:crypto';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  rename,
  rm,
  rmdir,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from '../disk-error.ts';
import { ignore, type DiskLocation } from './disk-location.ts';
import { syncDirectories } from './sync-directories.ts';

/** Directories come and go under other writers; nobody removes one this often in a row. */
const patience = 20;

/**
 * A file on its way to a name: it waits in the directory of the name's unfinished files, where
 * `reclaim` finds it whatever happens to this process, until it is complete and gets the name at once.
 */
export class UnfinishedFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly #disk: DiskLocation;

  private constructor(handle: FileHandle, path: string, disk: DiskLocation) {
    this.handle = handle;
    this.path = path;
    this.#disk = disk;
  }

  static async create(disk: DiskLocation, directory: string): Promise<UnfinishedFile> {
    const path = join(directory, randomUUID());
    for (let attempt = 1; ; attempt += 1) {
      await mkdir(directory).catch(ignore('EEXIST'));
      try {
        return new UnfinishedFile(await open(path, 'wx', 0o600), path, disk);
      } catch (error) {
        // Another writer of the same name just removed the directory as empty.
        if (!hasCode(error, 'ENOENT') || attempt === patience) throw error;
      }
    }
  }

  /** Writes the whole chunk. */
  async write(chunk: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < chunk.byteLength) {
      offset += (await this.handle.write(chunk, offset, chunk.byteLength - offset)).bytesWritten;
    }
  }

  /** Makes the bytes durable; nothing can be written afterwards. */
  async complete(mode: number): Promise<void> {
    await this.handle.chmod(mode);
    await this.handle.sync();
    await this.handle.close();
  }

  /**
   * Gives the file its name, durably.
   * @returns `false` when the name is taken and may not be replaced.
   */
  async place(name: string, overwrite: boolean): Promise<boolean> {
    const target = this.#disk.path(name);
    for (let attempt = 1; ; attempt += 1) {
      await this.#disk.make(dirname(target), name);
      try {
        await (overwrite ? rename(this.path, target) : link(this.path, target));
        break;
      } catch (error) {
        if (!overwrite && hasCode(error, 'EEXIST')) return false;
        if (hasCode(error, 'EXDEV')) return await this.#placeAcross(name, overwrite);
        // The directory was removed as empty just now; or this file was, by reclaim().
        const isGone = (await lstat(this.path).catch(ignore('ENOENT'))) === undefined;
        if (!hasCode(error, 'ENOENT') || isGone || attempt === patience) throw error;
      }
    }
    try {
      await syncDirectories(dirname(target), this.#disk.root);
    } catch (error) {
      if (!overwrite) await unlink(target).catch(ignore('ENOENT'));
      throw error;
    }
    return true;
  }

  /** Keeps the file among the unfinished ones, in place of what has that path. */
  async rename(path: string): Promise<void> {
    await rename(this.path, path);
  }

  /** Lets go of what is left of the file. */
  async dispose(): Promise<void> {
    await this.handle.close().catch(ignore('EBADF'));
    await rm(this.path, { force: true });
    await rmdir(dirname(this.path)).catch(ignore('ENOENT', 'ENOTEMPTY', 'EEXIST'));
  }

  /** A mounted directory is another file system: the bytes wait beside the name for a moment. */
  async #placeAcross(name: string, overwrite: boolean): Promise<boolean> {
    const beside = await UnfinishedFile.create(this.#disk, this.#disk.unfinishedBeside(name));
    try {
      await copyFile(this.path, beside.path, constants.COPYFILE_FICLONE);
      await beside.complete((await lstat(this.path)).mode & 0o777);
      return await beside.place(name, overwrite);
    } finally {
      await beside.dispose();
    }
  }
}
