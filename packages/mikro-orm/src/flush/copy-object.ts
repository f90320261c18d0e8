import {
  IntegrityError,
  UnsupportedOperationError,
  type FileRow,
  type FileStat,
  type FileStorage,
} from '@filefield/core';
import { readsAllOf } from '@filefield/core/binding';
import { reach } from '../fail-points.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { uploadSource, type UploadOptions } from './upload-source.ts';

/** The object that is copied, and what has been found out about it. */
export interface CopiedOrigin {
  readonly row: FileRow;
  readonly from: FileStorage;
  /** What the copy's row will say; `undefined`: what the storage says. */
  readonly type: string | undefined;
  /** The version that the rules were asked about. */
  readonly etag: string | undefined;
  /** Whether the copy gets the headers of a new object even within one location. */
  readonly asNew?: boolean | undefined;
}

/** What a storage tells of a copy. */
export type ToldOfCopy = Partial<Pick<FileStat, 'size' | 'type' | 'sha256'>>;

/** Whether a storage finds by itself what the other one reads, and finds the same object. */
export function isWithin(storage: FileStorage, from: FileStorage): boolean {
  return from.location === storage.location && readsAllOf(storage, from);
}

/** Copies without the bytes; `undefined` where the storage cannot, and then nothing is stored. */
export async function copyAside(
  upload: PlannedUpload,
  origin: CopiedOrigin,
  options: UploadOptions,
): Promise<ToldOfCopy | undefined> {
  const { storage, name } = upload;
  const { row, from, asNew = false } = origin;
  // A storage that tells copies from saves copies as it was asked, or not at all.
  const mayCopy = isWithin(storage, from) && !(asNew && storage.copyFrom !== undefined);
  if (storage.copyFrom === undefined && !mayCopy) return undefined;
  await reach(options, 'first-byte', 'before');
  let copied = await copiedFrom(upload, origin, options);
  if (copied === undefined) {
    if (!mayCopy) return undefined;
    const { uploadId, signal } = options;
    await storage.copy(row.name, name, { uploadId, signal });
    // A column of names kept no size: the new object tells it.
    copied = row.size === undefined ? await storage.stat(name) : {};
  }
  await reach(options, 'last-byte', 'after');
  return copied;
}

async function copiedFrom(
  { storage, name }: PlannedUpload,
  { row, from, type, etag, asNew }: CopiedOrigin,
  options: UploadOptions,
): Promise<ToldOfCopy | undefined> {
  const { uploadId, signal } = options;
  const { size, sha256 } = row;
  const expected = { size, sha256, etag };
  try {
    return await storage.copyFrom?.(from, row.name, name, {
      uploadId,
      signal,
      type,
      expected,
      asNew,
    });
  } catch (error) {
    if (!(error instanceof UnsupportedOperationError)) throw error;
    // That a server could and will not is news.
    const isNews = error.cause !== undefined && from.location !== storage.location;
    if (isNews) options.warn(`The bytes of a copy pass through this process: ${error.message}`);
    return undefined;
  }
}

/** Copies with the bytes. The rules were asked already; whoever renames a file is let keep its size. */
export async function copyThrough(
  upload: PlannedUpload,
  { row, from, etag }: CopiedOrigin,
  options: UploadOptions,
): Promise<FileRow> {
  const { pending, property } = upload;
  const { maxSize } = property.type.settings;
  const limit = pending.origin.kind === 'rename' ? undefined : maxSize;
  const bytes = await from.open(row.name, { etag, signal: options.signal });
  const rules = { maxSize: limit, allowEmpty: true, rules: {}, image: undefined };
  const stored = await uploadSource(upload, bytes, rules, options);
  if (row.sha256 !== undefined && stored.sha256 !== row.sha256) {
    throw new IntegrityError('copy', row, { expected: row.sha256, received: stored.sha256 });
  }
  return stored;
}
