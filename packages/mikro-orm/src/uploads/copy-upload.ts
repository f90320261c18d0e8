import {
  FileValidationError,
  IntegrityError,
  type FileRow,
  type FileStorage,
} from '@filefield/core';
import { emptyIssue, ruleIssues, sizeIssue } from '@filefield/core/binding';
import { contextOf } from '../discovery/file-property.ts';
import { copyAside, copyThrough } from '../flush/copy-object.ts';
import type { PlannedUpload } from '../flush/planned-upload.ts';
import { placed, type UploadOptions } from '../flush/upload-source.ts';
import { inspectedObject, type InspectedObject } from '../image/measured-object.ts';
import { arrivedFile, present, type ArrivedFile } from './arrived-file.ts';
import { checkedCopy } from './checked-copy.ts';
import { rejected, type UploadTicket } from './upload-ticket.ts';

/**
 * Brings what a browser uploaded under the planned name: exactly the version that kept the rules. Whoever can still send
 * the upload again changes what lies in `incoming/`, and nothing that a row refers to.
 * @throws {@link UploadRejectedError} when it is not what was announced. @throws {@link FileValidationError} when it breaks the rules of the field.
 */
export async function copyUpload(
  upload: PlannedUpload,
  ticket: UploadTicket,
  options: UploadOptions,
): Promise<FileRow> {
  const from = contextOf(upload.property).storage(ticket.storage);
  try {
    const arrived = await arrivedFile(ticket, from);
    await assertRules(upload, arrived);
    return await present(async () => copied(upload, { ticket, from, arrived }, options));
  } catch (cause) {
    if (!(cause instanceof IntegrityError)) throw cause;
    throw rejected('changed', 'it was sent again while it was taken', { cause });
  }
}

async function copied(
  upload: PlannedUpload,
  { ticket, from, arrived }: Arrival,
  options: UploadOptions,
): Promise<FileRow> {
  const { size, type, etag } = arrived;
  const row = { storage: ticket.storage, name: ticket.name, size };
  const origin = { row, from, type, etag, asNew: true };
  const aside = await copyAside(upload, origin, options);
  const stored = aside === undefined ? await copyThrough(upload, origin, options) : undefined;
  const inspected = await inspectedCopy(upload, options.signal);
  const known = stored?.sha256 ?? inspected?.sha256 ?? arrived.sha256;
  const sha256 = await checkedCopy(upload, arrived, { announced: ticket.sha256, known });
  const measured = inspected?.size;
  if (stored !== undefined) return { ...stored, type, ...measured };
  return { ...placed(upload), size, type, ...(sha256 !== undefined && { sha256 }), ...measured };
}

/** An image is let in where nobody can exchange it any more. */
async function inspectedCopy(
  { storage, name, pending: { filename }, property }: PlannedUpload,
  signal: AbortSignal,
): Promise<InspectedObject | undefined> {
  const { image } = property.type.settings;
  return image && inspectedObject(image, property, { storage, name, filename, signal });
}

interface Arrival {
  readonly ticket: UploadTicket;
  readonly from: FileStorage;
  readonly arrived: ArrivedFile;
}

/** @throws {@link FileValidationError} when it breaks the rules of the field. */
async function assertRules(
  {
    pending,
    property: {
      field,
      type: { settings },
    },
  }: PlannedUpload,
  { size, type, head }: ArrivedFile,
): Promise<void> {
  const { maxSize = Infinity, allowEmpty, rules } = settings;
  const issues = [
    ...(size === 0 && !allowEmpty ? [emptyIssue()] : []),
    ...(size > maxSize ? [sizeIssue(maxSize, size)] : []),
    ...(await ruleIssues(rules, { filename: pending.filename, type, size, head })),
  ];
  if (issues.length > 0) throw new FileValidationError(field, issues);
}
