import { randomUUID } from 'node:crypto';
import { lstat, open, readdir, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadedPart } from '../direct-upload.ts';
import type { UploadRejectedError } from '../errors.ts';
import { ignore, type DiskLocation } from './disk-location.ts';
import { rejected, type GrantedBytes } from './granted-bytes.ts';
import { UnfinishedFile } from './unfinished-file.ts';

const digestBytes = 32;
const chunkBytes = 256 * 1024;

/**
 * The parts of uploads to one name, in the directory of its unfinished files: `reclaim` finds them there. A file
 * `<uploadId>.begun` says that an upload is open; `<uploadId>.<number>` holds a part and, behind its bytes, their
 * SHA-256, so that bytes and ETag are replaced at once.
 */
export class PartsOnDisk {
  readonly #disk: DiskLocation;
  readonly #name: string;
  readonly #directory: string;

  constructor(disk: DiskLocation, name: string) {
    this.#disk = disk;
    this.#name = name;
    this.#directory = disk.unfinished(name);
  }

  /** How many uploads are open. */
  async countBegun(): Promise<number> {
    return (await this.#entries()).filter((entry) => entry.endsWith('.begun')).length;
  }

  /** Opens an upload; answers its id. */
  async begin(): Promise<string> {
    const uploadId = randomUUID();
    const file = await UnfinishedFile.create(this.#disk, this.#directory);
    try {
      await file.complete(0o600);
      await file.rename(this.#marker(uploadId));
      return uploadId;
    } finally {
      await file.dispose();
    }
  }

  async isBegun(uploadId: string): Promise<boolean> {
    if (!isUploadId(uploadId)) return false;
    return (await lstat(this.#marker(uploadId)).catch(ignore('ENOENT'))) !== undefined;
  }

  /** Keeps a part in place of an earlier one of its number. @returns `undefined` when the upload ended meanwhile. */
  async keep(
    uploadId: string,
    partNumber: number,
    bytes: GrantedBytes,
  ): Promise<UploadedPart | undefined> {
    const file = await UnfinishedFile.create(this.#disk, this.#directory);
    try {
      for await (const chunk of bytes) await file.write(chunk);
      const digest = bytes.digest();
      await file.write(digest);
      await file.complete(0o600);
      if (!(await this.isBegun(uploadId))) return undefined;
      await file.rename(this.#part(uploadId, partNumber));
      // Whoever ended the upload removed its mark first, then the parts that were there.
      if (await this.isBegun(uploadId)) {
        return { partNumber, etag: digest.toString('hex'), size: bytes.size };
      }
      await this.drop(uploadId, partNumber);
      return undefined;
    } finally {
      await file.dispose();
    }
  }

  /** The parts that are there, by their numbers. */
  async list(uploadId: string): Promise<UploadedPart[]> {
    const prefix = `${uploadId}.`;
    const numbers = (await this.#entries())
      .filter((entry) => entry.startsWith(prefix) && /\.\d+$/.test(entry))
      .map((entry) => Number(entry.slice(prefix.length)))
      .toSorted((a, b) => a - b);
    const parts: UploadedPart[] = [];
    for (const partNumber of numbers) {
      const found = await this.#open(uploadId, partNumber);
      if (found === undefined) continue;
      await found.handle.close();
      parts.push(found.part);
    }
    return parts;
  }

  /**
   * The bytes of parts, one after the other, in memory that is used again.
   * @throws {@link UploadRejectedError} `changed` at a part that is another by now.
   */
  async *read(
    uploadId: string,
    wanted: readonly Pick<UploadedPart, 'partNumber' | 'etag'>[],
  ): AsyncGenerator<Uint8Array> {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    for (const { partNumber, etag } of wanted) {
      const found = await this.#open(uploadId, partNumber);
      try {
        if (found?.part.etag !== etag) throw this.#changed(partNumber);
        for (let position = 0; position < found.part.size;) {
          const length = Math.min(chunkBytes, found.part.size - position);
          const { bytesRead } = await found.handle.read(chunk, 0, length, position);
          if (bytesRead === 0) throw this.#changed(partNumber);
          position += bytesRead;
          yield chunk.subarray(0, bytesRead);
        }
      } finally {
        await found?.handle.close();
      }
    }
  }

  /** Removes a part. */
  async drop(uploadId: string, partNumber: number): Promise<void> {
    await unlink(this.#part(uploadId, partNumber)).catch(ignore('ENOENT'));
    await this.#prune();
  }

  /** Ends an upload and removes its parts; no error when it is gone. */
  async remove(uploadId: string): Promise<void> {
    if (!isUploadId(uploadId)) return;
    await unlink(this.#marker(uploadId)).catch(ignore('ENOENT'));
    for (const entry of await this.#entries()) {
      if (entry.startsWith(`${uploadId}.`)) {
        await unlink(join(this.#directory, entry)).catch(ignore('ENOENT'));
      }
    }
    await this.#prune();
  }

  async #open(
    uploadId: string,
    partNumber: number,
  ): Promise<{ readonly handle: FileHandle; readonly part: UploadedPart } | undefined> {
    const path = this.#part(uploadId, partNumber);
    const handle = await open(path, 'r').catch(ignore('ENOENT'));
    if (handle === undefined) return undefined;
    try {
      const size = (await handle.stat()).size - digestBytes;
      const digest = Buffer.alloc(digestBytes);
      await handle.read(digest, 0, digestBytes, size);
      return { handle, part: { partNumber, etag: digest.toString('hex'), size } };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  #changed(partNumber: number): UploadRejectedError {
    const found = `part ${partNumber} changed while the upload was completed`;
    return rejected('changed', this.#name, found);
  }

  async #entries(): Promise<string[]> {
    return (await readdir(this.#directory).catch(ignore('ENOENT'))) ?? [];
  }

  async #prune(): Promise<void> {
    await rmdir(this.#directory).catch(ignore('ENOENT', 'ENOTEMPTY', 'EEXIST'));
  }

  #marker(uploadId: string): string {
    return join(this.#directory, `${uploadId}.begun`);
  }

  #part(uploadId: string, partNumber: number): string {
    return join(this.#directory, `${uploadId}.${partNumber}`);
  }
}

/** Anything else could be a path. */
function isUploadId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
