import type { FileStat } from './file-storage.ts';

/** How an object is to be written. */
export interface WriteOptions {
  /** Replace an object of that name. `false`: throw `FileExistsError` where the name is taken when the bytes are complete. */
  readonly overwrite: boolean;
  /**
   * Answers another name to try where the name is taken although the bytes are already there. Present when the caller
   * lets the storage rename; only storages with `picksNames` use it.
   */
  readonly nextName?: (() => Promise<string>) | undefined;
  /** The writer's own id: an object that carries it is the writer's, and no reason for `FileExistsError`. */
  readonly uploadId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which part of an object is to be read; checked and whole. */
export interface ByteRange {
  /** First byte; may lie behind the end. */
  readonly start: number;
  /** First byte that is left out; may lie behind the end, and before `start`. `Infinity`: the end. */
  readonly end: number;
  readonly signal?: AbortSignal | undefined;
}

/** One level of a directory, in any order; names that nobody can use are left out by the caller. */
export interface Level {
  /** Last parts of names. */
  readonly directories: readonly string[];
  /** Full names. */
  readonly files: readonly FileStat[];
}

/** The bytes of an object of this size that a range covers. */
export function clampRange(
  { start, end }: ByteRange,
  size: number,
): { start: number; end: number } {
  const last = Math.min(end, size);
  return { start: Math.min(start, last), end: last };
}
