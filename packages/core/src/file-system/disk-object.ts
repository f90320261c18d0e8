import { constants, type BigIntStats, type Dirent } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import type { FileStat } from '../file-storage.ts';
import { clampRange, type ByteRange, type Level } from '../object-primitives.ts';
import type { ObjectBody } from '../object-stream.ts';
import { ignore, isHidden, type DiskLocation } from './disk-location.ts';

const chunkBytes = 256 * 1024;

/** What a path that is no regular file answers, or one that is not there. */
const absent = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EISDIR'];

/** What the disk knows of an object; a link or a directory is none. */
export async function statDisk(disk: DiskLocation, name: string): Promise<FileStat | undefined> {
  const path = disk.path(name);
  const stats = await lstat(path, { bigint: true }).catch(ignore(...absent));
  if (stats === undefined || !stats.isFile()) return undefined;
  return (await disk.find(dirname(path))) === 'plain' ? fileStat(name, stats) : undefined;
}

/** Opens an object; neither a link nor a pipe. */
export async function readDisk(
  disk: DiskLocation,
  name: string,
  range: ByteRange,
): Promise<ObjectBody | undefined> {
  const path = disk.path(name);
  // Without O_NONBLOCK the opening of a pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(ignore(...absent));
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile() && (await disk.find(dirname(path))) === 'plain') {
      return fileBody(handle, stats, range);
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** The bytes of an open file, which is closed with them. */
export function fileBody(handle: FileHandle, stats: BigIntStats, range: ByteRange): ObjectBody {
  const { start, end } = clampRange(range, Number(stats.size));
  return { length: end - start, etag: etagOf(stats), bytes: new DiskBytes(handle, start, end) };
}

/** One level of a directory; links and whatever else is no regular file are left out. */
export async function listDisk(disk: DiskLocation, directory: string): Promise<Level> {
  const path = directory === '' ? disk.root : disk.path(directory);
  if ((await disk.find(path)) !== 'plain') return { directories: [], files: [] };
  const entries = (await readdir(path, { withFileTypes: true }).catch(ignore(...absent))) ?? [];
  // Where two spellings are one file, it is listed by the one that is allowed, however the disk keeps it.
  const nameOf = ({ name }: Dirent): string => (disk.isNormalizing ? name.normalize() : name);
  const limit = pLimit(16);
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => limit(describeEntry, directory, path, nameOf(entry))),
  );
  return {
    directories: entries
      .filter((entry) => entry.isDirectory() && !isHidden(entry.name))
      .map(nameOf),
    files: files.filter((file) => file !== undefined),
  };
}

async function describeEntry(
  directory: string,
  path: string,
  entry: string,
): Promise<FileStat | undefined> {
  // Gone since the directory was read.
  const stats = await lstat(join(path, entry), { bigint: true }).catch(ignore(...absent));
  const name = directory === '' ? entry : `${directory}/${entry}`;
  return stats?.isFile() === true ? fileStat(name, stats) : undefined;
}

/** What a storage tells of a file of this machine. */
export function fileStat(name: string, stats: BigIntStats): FileStat {
  const times = {
    modifiedAt: stats.mtime,
    createdAt: stats.birthtime,
    accessedAt: stats.atime,
  };
  return { name, size: Number(stats.size), ...times, etag: etagOf(stats) };
}

function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs].map((part) => part.toString(36)).join('-');
}

/** The bytes of an open file; closes it at the end, and when the reader stops, even before the first chunk. */
class DiskBytes implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: FileHandle;
  readonly #end: number;
  #position: number;
  #isClosed = false;

  constructor(handle: FileHandle, start: number, end: number) {
    this.#handle = handle;
    this.#position = start;
    this.#end = end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const length = Math.min(chunkBytes, this.#end - this.#position);
    if (this.#isClosed || length === 0) return await this.return();
    const chunk = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await this.#handle.read(chunk, 0, length, this.#position);
    if (bytesRead === 0) return await this.return();
    this.#position += bytesRead;
    return { done: false, value: chunk.subarray(0, bytesRead) };
  }

  async return(): Promise<{ done: true; value: undefined }> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      await this.#handle.close();
    }
    return { done: true, value: undefined };
  }
}
