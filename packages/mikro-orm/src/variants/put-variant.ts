import { FileNotFoundError, type FileStorage } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';

/** Options of {@link putVariant}. */
export interface PutOptions {
  readonly filename: string;
  readonly type: string;
  readonly uploadId: string;
  readonly signal: AbortSignal;
  /** Whether somebody else may store it, or has: then it is looked for first. */
  readonly isShared: boolean;
}

/**
 * Stores a variant unless it is there.
 *
 * @returns Bytes of the object that is there now.
 */
export async function putVariant(
  storage: FileStorage,
  name: string,
  bytes: Uint8Array,
  { isShared, ...options }: PutOptions,
): Promise<number> {
  const found = isShared ? await sizeOf(storage, name) : undefined;
  if (found !== undefined) return found;
  try {
    const saved = await storage.save(name, bytes, asLibrary({ ...options, ifExists: 'error' }));
    return saved.size;
  } catch (error) {
    options.signal.throwIfAborted();
    // Whoever was first may also have taken our unfinished file for one that was left.
    const size = await sizeOf(storage, name).catch(() => undefined);
    if (size === undefined) throw error;
    return size;
  }
}

async function sizeOf(storage: FileStorage, name: string): Promise<number | undefined> {
  try {
    return (await storage.stat(name)).size;
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}
