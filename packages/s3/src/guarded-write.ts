import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { WriteOptions } from '@filefield/core';
import type { ConditionalWrite, ConditionalWrites } from './conditional-writes.ts';
import { headObject, isOwn } from './object-head.ts';
import { removeObject } from './object-remover.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** How a write ended: `taken` leaves things as they were. */
export type Ended = 'done' | 'taken';

/**
 * One write of one name: overwrites nothing that it may not, and takes the object of a request whose answer was lost for
 * what it is, its own.
 */
export class GuardedWrite {
  readonly name: string;
  readonly uploadId: string;
  readonly signal: AbortSignal | undefined;
  readonly #bucket: S3Bucket;
  readonly #conditional: ConditionalWrites;
  readonly #overwrite: boolean;

  constructor(
    bucket: S3Bucket,
    conditional: ConditionalWrites,
    name: string,
    { overwrite, uploadId = randomUUID(), signal }: WriteOptions,
  ) {
    this.name = name;
    this.uploadId = uploadId;
    this.signal = signal;
    this.#bucket = bucket;
    this.#conditional = conditional;
    this.#overwrite = overwrite;
  }

  /**
   * Does the last request of a write.
   * @param write Told whether the request has to be conditional.
   */
  async settle(
    way: keyof ConditionalWrite,
    write: (isNew: boolean) => Promise<void>,
  ): Promise<Ended> {
    const isNew = !this.#overwrite && (await this.#conditional.find())[way];
    for (let attempt = 1; ; attempt += 1) {
      const before = isNew ? undefined : await this.lookUp(way);
      if (before !== undefined) return before;
      try {
        await write(isNew);
        return 'done';
      } catch (error) {
        const isBusy = error instanceof S3Problem && error.isBusy && attempt < attempts;
        if (!isBusy) return await this.#outcome(way, error);
      }
      await wait(attempt * 50, undefined, { signal: this.signal });
    }
  }

  /**
   * How the write would end because of what is there already. Asked only where the server enforces no condition: a moment
   * is left in which another writer may come first.
   */
  async lookUp(way: keyof ConditionalWrite): Promise<Ended | undefined> {
    if (this.#overwrite || (await this.#conditional.find())[way]) return undefined;
    const found = await headObject(this.#bucket, this.name, this.signal);
    if (found === undefined) return undefined;
    return isOwn(found, this.uploadId) ? 'done' : 'taken';
  }

  async #outcome(way: keyof ConditionalWrite, error: unknown): Promise<Ended> {
    if (this.signal?.aborted === true) {
      const isDone = !this.#overwrite && (await this.#found()) === 'own';
      if (isDone) await removeObject(this.#bucket, this.name);
      throw error;
    }
    if (!(error instanceof S3Problem)) throw error;
    const isRefused = !this.#overwrite && (error.isConflict || error.isBusy);
    // An upload is missing when an earlier attempt has completed it, or another writer of the name was in its way.
    if (!isRefused && !error.isAmbiguous && !error.isMissing) throw error;
    const found = await this.#found();
    if (found === 'own') return 'done';
    const isLost = found === 'other' && error.code !== 'NoSuchKey';
    if (isLost && !this.#overwrite) return 'taken';
    // A copy has a second condition: that its origin is still the same.
    if (isRefused && (way !== 'copy' || found === 'unknown')) return 'taken';
    throw error;
  }

  async #found(): Promise<'own' | 'nothing' | 'other' | 'unknown'> {
    try {
      const found = await headObject(this.#bucket, this.name);
      if (found === undefined) return 'nothing';
      return isOwn(found, this.uploadId) ? 'own' : 'other';
    } catch {
      return 'unknown';
    }
  }
}

/** How often a write is tried while others of the same name are under way. */
const attempts = 6;
