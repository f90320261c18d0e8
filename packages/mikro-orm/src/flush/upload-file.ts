import {
  FileValidationError,
  IntegrityError,
  type FileRow,
  type FileSource,
} from '@filefield/core';
import { Intake, sizeIssue } from '@filefield/core/binding';
import { reach, type FailPointOptions } from '../fail-points.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { watchedIntake } from './watched-intake.ts';

/** Options of {@link uploadFile}. */
export interface UploadOptions extends FailPointOptions {
  /** Marks the object as this writer's own. */
  readonly uploadId: string;
  readonly signal: AbortSignal;
}

/** Brings the bytes of a pending file under the planned name and tells what its row will hold. */
export async function uploadFile(upload: PlannedUpload, options: UploadOptions): Promise<FileRow> {
  const { origin } = upload.pending;
  if (origin.kind === 'source') return uploadSource(upload, origin.source, options);
  const { row } = origin;
  assertSize(upload, row.size);
  if (origin.kind === 'reference') throw new Error('a reference is not uploaded');
  const from = origin.context.storage(row.storage);
  if (from.location !== upload.storage.location) {
    const stored = await uploadSource(upload, await from.open(row.name, options), options);
    if (row.sha256 !== undefined && stored.sha256 !== row.sha256) {
      throw new IntegrityError('copy', row, { expected: row.sha256, received: stored.sha256 });
    }
    return stored;
  }
  await reach(options, 'first-byte', 'before');
  await upload.storage.copy(row.name, upload.name, options);
  await reach(options, 'last-byte', 'after');
  const { owned, ...copied } = row;
  return { ...copied, ...placed(upload) };
}

async function uploadSource(
  upload: PlannedUpload,
  source: FileSource,
  options: UploadOptions,
): Promise<FileRow> {
  const { pending, property, storage, name } = upload;
  const { signal, uploadId } = options;
  const { maxSize, allowEmpty } = property.type.settings;
  const { filename, type } = pending;
  const subject = property.field;
  const intake = await Intake.open(source, { filename, type, maxSize, allowEmpty, signal, subject });
  await reach(options, 'first-byte', 'before');
  const saved = await storage.save(name, watchedIntake(intake, options), {
    ifExists: 'error', filename, type: intake.type, uploadId, signal,
  });
  await reach(options, 'last-byte', 'after');
  if (saved.name !== name || saved.size !== intake.size) {
    throw new IntegrityError('store', { storage: storage.alias, name }, {
      expected: `${name}, ${intake.size} bytes`,
      received: `${saved.name}, ${saved.size} bytes`,
    });
  }
  const { size, sha256 } = intake;
  return { ...placed(upload), size, type: intake.type, sha256 };
}

function placed({ pending, property, name }: PlannedUpload): FileRow {
  const { filename, metadata } = pending;
  return {
    storage: property.type.settings.storage,
    name,
    ...(filename !== undefined && { filename }),
    uploadedAt: new Date().toISOString(),
    ...(metadata !== undefined && { metadata }),
  };
}

function assertSize({ property }: PlannedUpload, size: number | undefined): void {
  const { maxSize } = property.type.settings;
  if (maxSize === undefined || size === undefined || size <= maxSize) return;
  throw new FileValidationError(property.field, [sizeIssue(maxSize, size)]);
}
