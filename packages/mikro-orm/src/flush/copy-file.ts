import {
  FileValidationError,
  type FileIssue,
  type FileRow,
  type FileStorage,
} from '@filefield/core';
import {
  collect,
  detectType,
  emptyIssue,
  headBytes,
  nameIssues,
  ruleIssues,
  sizeIssue,
  type ImageSize,
  type PendingOrigin,
} from '@filefield/core/binding';
import { contextOf, type FileProperty } from '../discovery/file-property.ts';
import { inspectedObject } from '../image/measured-object.ts';
import { copyAside, copyThrough, isWithin, type CopiedOrigin } from './copy-object.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { placed, type UploadOptions } from './upload-source.ts';

/**
 * Brings the bytes of a stored file under the planned name: on the side of the storage where it can, else through this
 * process.
 */
export async function copyFile(
  upload: PlannedUpload,
  copy: CopyOrigin,
  options: UploadOptions,
): Promise<FileRow> {
  const { row, context } = copy;
  const from = context.storage(row.storage);
  const origin = { row, from, ...(await inspected(upload, row, from)) };
  const measured = await measuredCopy(upload, copy, { ...origin, ...options });
  const copied = await copyAside(upload, origin, options);
  if (copied === undefined) return { ...(await copyThrough(upload, origin, options)), ...measured };
  // Another name has other variants.
  const { owned, variants, ...kept } = row;
  const { size = copied.size, sha256 = copied.sha256 } = row;
  const type = origin.type ?? copied.type;
  return {
    ...kept,
    ...(size !== undefined && { size }),
    ...(type !== undefined && { type }),
    ...(sha256 !== undefined && { sha256 }),
    ...measured,
    ...placed(upload),
  };
}

/** What the field has measured already holds for its copies; what comes from elsewhere has to be let in first. */
async function measuredCopy(
  { pending: { filename }, property }: PlannedUpload,
  { row, context }: CopyOrigin,
  { from, etag, signal }: Pick<CopiedOrigin, 'from' | 'etag'> & UploadOptions,
): Promise<ImageSize | undefined> {
  const { width, height } = row;
  const known = width !== undefined && height !== undefined ? { width, height } : undefined;
  const { image } = property.type.settings;
  if (image === undefined) return known;
  const isOwn = context.field !== undefined && context.field === contextOf(property).field;
  if (isOwn && known !== undefined) {
    assertNamed(property, row, filename);
    return known;
  }
  const object = { storage: from, name: row.name, filename, etag, signal };
  return (await inspectedObject(image, property, object)).size;
}

/** A new filename may say that it is something else. */
function assertNamed({ field }: FileProperty, row: FileRow, filename: string | undefined): void {
  const issues = nameIssues(row.type ?? '', filename);
  if (issues.length > 0) throw new FileValidationError(field, issues);
}

type CopyOrigin = Extract<PendingOrigin, { kind: 'copy' | 'rename' }>;

/** The rules of a field hold for copies too, and a new filename may break some; only the head of the bytes is read. */
async function inspected(
  { pending, property, storage }: PlannedUpload,
  row: FileRow,
  from: FileStorage,
): Promise<Pick<CopiedOrigin, 'type' | 'etag'>> {
  const { maxSize = Infinity, allowEmpty, rules } = property.type.settings;
  const { filename } = pending;
  const isSamePlace = isWithin(storage, from);
  const hasRules = rules.accept !== undefined || rules.validators !== undefined;
  // Elsewhere it is a file like any that is uploaded there: the bytes and the new name say its type.
  const isTyped = isSamePlace || (row.type !== undefined && row.filename === filename);
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
    const reading = { start: 0, end: headBytes, etag: found?.etag };
    const head = await collect(await from.open(row.name, reading));
    const detected = await detectType({ head, filename, declared: row.type });
    if (!isSamePlace) type = detected;
    issues.push(...(await ruleIssues(rules, { filename, type: detected, size, head })));
  }
  if (issues.length > 0) throw new FileValidationError(property.field, issues);
  return { type, etag: found?.etag };
}
