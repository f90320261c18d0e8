import { createHash } from 'node:crypto';
import {
  hasUniqueToken,
  PendingFileError,
  type FieldFile,
  type FileRow,
  type FileStorage,
} from '@filefield/core';
import { assertReadable, fileBinding, typeOfName } from '@filefield/core/binding';

/** An object that no row describes, or not to be trusted: what is left out, the storage is asked. */
export interface StoredObject {
  readonly storage: FileStorage;
  /** Its name in the storage. */
  readonly name: string;
  /** What a download is called. Default: the last part of the name. */
  readonly filename?: string | undefined;
  /** Media type. Default: what the storage says, else what the extension stands for. */
  readonly type?: string | undefined;
  /** Bytes, as they are read. Default: what the storage says. */
  readonly size?: number | undefined;
}

/** An object and what is known of it without asking its storage. */
export interface ServedObject extends StoredObject {
  /** The storage keeps it compressed: a part of it costs as much as the whole. */
  readonly isCompressed: boolean;
  readonly uploadedAt: Date | undefined;
}

/** What HTTP tells of an object. */
export interface Representation {
  /** Bytes. */
  readonly size: number;
  readonly type: string | undefined;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  /** The bytes under this name never change. */
  readonly isImmutable: boolean;
  /** Whether the storage was asked, and so has the object. */
  readonly isSeen: boolean;
  /** The storage's ETag of the version that this is about, where bytes may change under the name. */
  readonly version?: string | undefined;
}

/**
 * The object of a file, or the one that is named.
 * @throws {@link PendingFileError} before the flush. @throws {@link InvalidNameError} when no storage could hold it.
 */
export function servedObject(file: FieldFile | StoredObject): ServedObject {
  if (!isFieldFile(file)) {
    assertReadable(file.name);
    return { ...file, isCompressed: false, uploadedAt: undefined };
  }
  const row = fileBinding.row(file);
  const context = fileBinding.context(file);
  if (row === undefined || context === undefined) {
    throw new PendingFileError('serve', file.filename, 'flush it or files.stage() it first');
  }
  assertReadable(row.name);
  return { ...factsOf(row), storage: context.storage(row.storage) };
}

/** Completes what is known; asks the storage only where bytes may change under the name, or the size is not known. */
export async function representationOf(object: ServedObject): Promise<Representation> {
  const { storage, name, type, size, uploadedAt } = object;
  const isImmutable = hasUniqueToken(name);
  if (isImmutable && size !== undefined && type !== undefined) {
    const etag = `"${digest(storage.location, name)}"`;
    return { size, type, etag, lastModified: past(uploadedAt), isImmutable, isSeen: false };
  }
  const found = await storage.stat(name);
  const state = isImmutable ? [] : [found.etag ?? `${found.size} ${found.modifiedAt.getTime()}`];
  // Two states within a clock's tick may be told apart by nothing but an etag of the storage's own.
  const isStrong = isImmutable || (found.etag !== undefined && !found.etag.startsWith('W/'));
  return {
    size: found.size,
    type: type ?? found.type ?? typeOfName(name),
    etag: `${isStrong ? '' : 'W/'}"${digest(storage.location, name, ...state)}"`,
    lastModified: past((isImmutable ? uploadedAt : undefined) ?? found.modifiedAt),
    isImmutable,
    isSeen: true,
    version: isImmutable ? undefined : found.etag,
  };
}

/** Raw SQL may have written anything: what cannot be true is not known. */
function factsOf(row: FileRow): Omit<ServedObject, 'storage'> {
  const facts: Readonly<Record<string, unknown>> = { ...row };
  const { name, filename, type, size, uploadedAt, storedSize } = facts;
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  return {
    name: String(name),
    filename: typeof filename === 'string' ? filename : undefined,
    type: typeof type === 'string' ? type : undefined,
    size: isSize ? size : undefined,
    isCompressed: storedSize !== undefined && storedSize !== size,
    uploadedAt: typeof uploadedAt === 'string' ? new Date(uploadedAt) : undefined,
  };
}

/** No answer may tell of a change that is still to come (RFC 9110 §8.8.2.1), nor of one that was never. */
function past(date: Date | undefined): Date | undefined {
  const time = date?.getTime() ?? NaN;
  return time >= 0 && time <= Date.now() ? date : undefined;
}

function isFieldFile(file: FieldFile | StoredObject): file is FieldFile {
  return typeof file.storage !== 'object';
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27);
}
