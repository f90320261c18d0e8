import {
  FileValidationError,
  PendingFileError,
  uploadPath,
  type FieldFile,
  type FileStorage,
} from '@filefield/core';
import { fileBinding, type PendingFile, type StagedUpload } from '@filefield/core/binding';
import { sharedFields } from '../discovery/file-location.ts';
import { contextOf, type FileProperty } from '../discovery/file-property.ts';
import { assertNotExpired } from '../field/assert-not-expired.ts';
import type { ChangedFile } from './changed-files.ts';
import { chosenName, type IsFree } from './chosen-name.ts';
import type { UploadTicket } from '../uploads/upload-ticket.ts';
import { wasInRow } from './original-files.ts';

/** A pending file, the field that shall own it, and what a callable `uploadTo` is given. */
export interface PendingRequest {
  readonly file: FieldFile;
  readonly pending: PendingFile;
  readonly property: FileProperty;
  readonly entity: object;
  /** The direct upload that it is. */
  readonly ticket?: UploadTicket | undefined;
}

/** A pending file on its way to a storage, under a name that nobody else has. */
export interface PlannedUpload {
  readonly file: FieldFile;
  readonly pending: PendingFile;
  readonly property: FileProperty;
  readonly storage: FileStorage;
  readonly name: string;
  /** Another name, for when this one turns out to be taken. */
  readonly nextName: () => Promise<string>;
  /** The direct upload whose bytes it gets. */
  readonly ticket?: UploadTicket | undefined;
}

/**
 * What a changed value needs before it may be written: a pending file needs an upload, a stored one of another row
 * or field is replaced by a pending copy, which has to keep the rules of this one; any other is written as it is.
 */
export function fileToWrite({ slot, property, entity }: ChangedFile): FieldFile {
  const { file } = slot;
  const row = fileBinding.row(file);
  if (row === undefined || row.owned === false || wasInRow(entity, property, row)) return file;
  if (isStagedFor(property, fileBinding.staged(file))) {
    assertNotExpired(file);
    return file;
  }
  const copy = file.copy();
  slot.replace(copy);
  return copy;
}

function isStagedFor(property: FileProperty, staged: StagedUpload | undefined): boolean {
  if (staged?.row.storage !== property.type.settings.storage) return false;
  // What files.restore() brought back was let in before.
  return staged.id === '' || sharedFields(property).includes(staged.field);
}

/** @throws {@link PendingFileError} when one pending file is the value of two properties. */
export function assertOneOwner(
  changes: readonly { file: FieldFile; changed: ChangedFile }[],
): void {
  const owners = new Map<FieldFile, ChangedFile>();
  for (const { file, changed } of changes) {
    const other = owners.get(file);
    owners.set(file, changed);
    const isShared =
      fileBinding.pending(file) !== undefined || fileBinding.staged(file) !== undefined;
    if (other === undefined || !isShared) continue;
    const both = `it is the value of ${other.property.field} and of ${changed.property.field}`;
    throw new PendingFileError(
      'save',
      file.filename ?? '',
      `${both}, assign a .copy() to one of them`,
    );
  }
}

/** Options of {@link planUpload}. */
export interface PlanOptions {
  readonly isFree: IsFree;
  /** The zone of the dates in `uploadTo`. */
  readonly timeZone: string;
}

/** Chooses the name of an upload; calls `uploadTo`, once. */
export async function planUpload(
  { file, pending, property, entity, ticket }: PendingRequest,
  { isFree, timeZone }: PlanOptions,
): Promise<PlannedUpload> {
  const { settings } = property.type;
  const { filename } = pending;
  if (filename === undefined) {
    const message = 'the file has no filename, pass { filename } to FieldFile.from()';
    throw new FileValidationError(property.field, [{ validator: 'filename', message }]);
  }
  const storage = contextOf(property).storage(settings.storage);
  const path = await uploadPath(settings.uploadTo, entity as never, filename, { timeZone });
  const nextName = async (): Promise<string> =>
    chosenName(path, pending, settings, isFree(property));
  return { file, pending, property, storage, nextName, name: await nextName(), ticket };
}
