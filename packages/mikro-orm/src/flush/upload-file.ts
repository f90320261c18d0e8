import {
  FileValidationError,
  IntegrityError,
  type FileIssue,
  type FileRow,
  type FileSource,
  type FileStat,
  type FileStorage,
} from '@filefield/core';
import {
  collect,
  detectType,
  emptyIssue,
  headBytes,
  Intake,
  ruleIssues,
  sizeIssue,
} from '@filefield/core/binding';
import type { FileFieldSettings } from '../field/file-field-options.ts';
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
  if (origin.kind === 'source') {
    return uploadSource(upload, origin.source, upload.property.type.settings, options);
  }
  if (origin.kind === 'reference')
    throw new TypeError('Cannot upload a reference: its object is stored');
  const { row } = origin;
  const from = origin.context.storage(row.storage);
  await assertCopyable(upload, from, row);
  if (from.location !== upload.storage.location) {
    const bytes = await from.open(row.name, options);
    const stored = await uploadSource(upload, bytes, { allowEmpty: true, rules: {} }, options);
    if (row.sha256 !== undefined && stored.sha256 !== row.sha256) {
      throw new IntegrityError('copy', row, { expected: row.sha256, received: stored.sha256 });
    }
    return stored;
  }
  await reach(options, 'first-byte', 'before');
  await upload.storage.copy(row.name, upload.name, options);
  await reach(options, 'last-byte', 'after');
  const { owned, ...copied } = row;
  // A column of names kept no size: the new object tells it.
  const told = row.size === undefined ? await upload.storage.stat(upload.name) : {};
  const { size = row.size, type = row.type } = told as Partial<FileStat>;
  return {
    ...copied,
    ...(size !== undefined && { size }),
    ...(type !== undefined && { type }),
    ...placed(upload),
  };
}

async function uploadSource(
  upload: PlannedUpload,
  source: FileSource,
  { allowEmpty, rules }: Pick<FileFieldSettings, 'allowEmpty' | 'rules'>,
  options: UploadOptions,
): Promise<FileRow> {
  const { pending, property, storage, name } = upload;
  const { signal, uploadId } = options;
  const { maxSize } = property.type.settings;
  const { filename, type } = pending;
  const intake = await Intake.open(source, {
    filename,
    type,
    maxSize,
    allowEmpty,
    signal,
    subject: property.field,
    check: async ({ knownSize: size, ...facts }) => ruleIssues(rules, { ...facts, size }),
  });
  await reach(options, 'first-byte', 'before');
  const saved = await storage.save(name, watchedIntake(intake, options), {
    ifExists: 'error',
    filename,
    type: intake.type,
    uploadId,
    signal,
  });
  await reach(options, 'last-byte', 'after');
  if (saved.name !== name || saved.size !== intake.size) {
    throw new IntegrityError(
      'store',
      { storage: storage.alias, name },
      {
        expected: `${name}, ${intake.size} bytes`,
        received: `${saved.name}, ${saved.size} bytes`,
      },
    );
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

/** The rules of a field hold for copies too, and a new filename may break some; only the head of the bytes is read. */
async function assertCopyable(
  { pending, property }: PlannedUpload,
  from: FileStorage,
  row: FileRow,
): Promise<void> {
  const { maxSize = Infinity, allowEmpty, rules } = property.type.settings;
  const { size } = row.size === undefined ? await from.stat(row.name) : row;
  const issues: FileIssue[] = [];
  if (pending.origin.kind !== 'rename') {
    if (size === 0 && !allowEmpty) issues.push(emptyIssue());
    if (size !== undefined && size > maxSize) issues.push(sizeIssue(maxSize, size));
  }
  if (rules.accept !== undefined || rules.validators !== undefined) {
    const head = await collect(await from.open(row.name, { start: 0, end: headBytes }));
    const { filename } = pending;
    const type = await detectType({ head, filename, declared: row.type });
    issues.push(...(await ruleIssues(rules, { filename, type, size, head })));
  }
  if (issues.length > 0) throw new FileValidationError(property.field, issues);
}
