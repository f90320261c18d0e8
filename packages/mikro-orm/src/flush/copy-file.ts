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
  ruleIssues,
  sizeIssue,
  type PendingOrigin,
} from '@filefield/core/binding';
import { copyAside, copyThrough, isWithin, type CopiedOrigin } from './copy-object.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { placed, type UploadOptions } from './upload-source.ts';

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
  const copied = await copyAside(upload, origin, options);
  if (copied === undefined) return copyThrough(upload, origin, options);
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
