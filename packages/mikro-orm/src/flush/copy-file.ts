import {
  FileValidationError,
  IntegrityError,
  UnsupportedOperationError,
  type FileIssue,
  type FileRow,
  type FileStat,
  type FileStorage,
} from '@filefield/core';
import {
  collect,
  detectType,
  emptyIssue,
  headBytes,
  ruleIssues,
  sizeIssue,
  type PendingOrigin,
} from '@filefield/core/binding';
import { reach } from '../fail-points.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { placed, uploadSource, type UploadOptions } from './upload-source.ts';

/**
 * Brings the bytes of a stored file under the planned name: on the side of the storage where it can, else through this
 * process.
 */
export async function copyFile(
  upload: PlannedUpload,
  { row, context }: CopyOrigin,
  options: UploadOptions,
): Promise<FileRow> {
  const from = context.storage(row.storage);
  const origin = { row, from, ...(await inspected(upload, row, from)) };
  const copied = await copiedAside(upload, origin, options);
  if (copied === undefined) return streamed(upload, origin, options);
  const { owned, ...kept } = row;
  const { size = copied.size, sha256 = copied.sha256 } = row;
  const type = origin.type ?? copied.type;
  return {
    ...kept,
    ...(size !== undefined && { size }),
    ...(type !== undefined && { type }),
    ...(sha256 !== undefined && { sha256 }),
    ...placed(upload),
  };
}

type CopyOrigin = Extract<PendingOrigin, { kind: 'copy' | 'rename' }>;

/** The object that is copied, and what has been found out about it. */
interface Origin {
  readonly row: FileRow;
  readonly from: FileStorage;
  /** What the copy's row will say; `undefined`: what the storage says. */
  readonly type: string | undefined;
  /** The version that the rules were asked about. */
  readonly etag: string | undefined;
}

/** What a storage tells of a copy. */
type Told = Partial<Pick<FileStat, 'size' | 'type' | 'sha256'>>;

/** The rules of a field hold for copies too, and a new filename may break some; only the head of the bytes is read. */
async function inspected(
  { pending, property, storage }: PlannedUpload,
  row: FileRow,
  from: FileStorage,
): Promise<Pick<Origin, 'type' | 'etag'>> {
  const { maxSize = Infinity, allowEmpty, rules } = property.type.settings;
  const { filename } = pending;
  const isWithin = from.location === storage.location;
  const hasRules = rules.accept !== undefined || rules.validators !== undefined;
  // Elsewhere it is a file like any that is uploaded there: the bytes and the new name say its type.
  const isTyped = isWithin || (row.type !== undefined && row.filename === filename);
  const isRead = hasRules || (!isTyped && storage.copyFrom !== undefined);
  const isAsked = row.size === undefined || (isRead && storage.copyFrom !== undefined);
  const found = isAsked ? await from.stat(row.name) : undefined;
  const size = row.size ?? found?.size;
  const issues: FileIssue[] = [];
  if (pending.origin.kind !== 'rename') {
    if (size === 0 && !allowEmpty) issues.push(emptyIssue());
    if (size !== undefined && size > maxSize) issues.push(sizeIssue(maxSize, size));
  }
  let { type } = row;
  if (isRead) {
    const head = await collect(await from.open(row.name, { start: 0, end: headBytes }));
    const detected = await detectType({ head, filename, declared: row.type });
    if (!isWithin) type = detected;
    issues.push(...(await ruleIssues(rules, { filename, type: detected, size, head })));
  }
  if (issues.length > 0) throw new FileValidationError(property.field, issues);
  return { type, etag: found?.etag };
}

/** Copies without the bytes; `undefined` where the storage cannot, and then nothing is stored. */
async function copiedAside(
  upload: PlannedUpload,
  origin: Origin,
  options: UploadOptions,
): Promise<Told | undefined> {
  const { storage, name } = upload;
  const { row, from } = origin;
  const isWithin = from.location === storage.location;
  if (storage.copyFrom === undefined && !isWithin) return undefined;
  await reach(options, 'first-byte', 'before');
  let copied = await copiedFrom(upload, origin, options);
  if (copied === undefined) {
    if (!isWithin) return undefined;
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
  { row, from, type, etag }: Origin,
  options: UploadOptions,
): Promise<Told | undefined> {
  const { uploadId, signal } = options;
  const { size, sha256 } = row;
  const expected = { size, sha256, etag };
  try {
    return await storage.copyFrom?.(from, row.name, name, { uploadId, signal, type, expected });
  } catch (error) {
    if (!(error instanceof UnsupportedOperationError)) throw error;
    // That a server could and will not is news.
    const isNews = error.cause !== undefined && from.location !== storage.location;
    if (isNews) options.warn(`The bytes of a copy pass through this process: ${error.message}`);
    return undefined;
  }
}

/** The rules were asked already; whoever renames a file is let keep its size. */
async function streamed(
  upload: PlannedUpload,
  { row, from }: Origin,
  options: UploadOptions,
): Promise<FileRow> {
  const { pending, property } = upload;
  const { maxSize } = property.type.settings;
  const limit = pending.origin.kind === 'rename' ? undefined : maxSize;
  const bytes = await from.open(row.name, { signal: options.signal });
  const rules = { maxSize: limit, allowEmpty: true, rules: {} };
  const stored = await uploadSource(upload, bytes, rules, options);
  if (row.sha256 !== undefined && stored.sha256 !== row.sha256) {
    throw new IntegrityError('copy', row, { expected: row.sha256, received: stored.sha256 });
  }
  return stored;
}
