import { IntegrityError, type FileRow, type FileSource } from '@filefield/core';
import { Intake, ruleIssues } from '@filefield/core/binding';
import { ImageCheck } from '../image/image-check.ts';
import { reach, type FailPointOptions } from '../fail-points.ts';
import type { FileFieldSettings } from '../field/file-field-options.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { watchedIntake } from './watched-intake.ts';

/** How the bytes of a file are brought to their storage. */
export interface UploadOptions extends FailPointOptions {
  /** Marks the object as this writer's own. */
  readonly uploadId: string;
  readonly signal: AbortSignal;
  /** Tells of what must not fail the flush. */
  warn(message: string): void;
}

/** Uploads a source under the planned name, if it keeps the rules, and tells what the row will hold. */
export async function uploadSource(
  upload: PlannedUpload,
  source: FileSource,
  {
    maxSize,
    allowEmpty,
    rules,
    image,
  }: Pick<FileFieldSettings, 'maxSize' | 'allowEmpty' | 'rules' | 'image'>,
  options: UploadOptions,
): Promise<FileRow> {
  const { pending, property, storage, name } = upload;
  const { signal, uploadId } = options;
  const { filename, type } = pending;
  const check = image && new ImageCheck(image, { declared: type, accept: rules.accept });
  const intake = await Intake.open(source, {
    filename,
    type,
    maxSize,
    allowEmpty,
    signal,
    subject: property.field,
    check: async ({ knownSize: size, ...facts }) => [
      ...(await ruleIssues(rules, { ...facts, size })),
      ...(check?.issues(facts) ?? []),
    ],
    watch: check && ((facts) => check.watch(facts)),
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
  const { size, sha256, type: detected } = intake;
  const { storedSize } = saved;
  return {
    ...placed(upload),
    size,
    type: detected,
    sha256,
    ...(storedSize !== undefined && { storedSize }),
    ...check?.size,
  };
}

/** What the row of a file says besides its bytes. */
export function placed({ pending, property, name }: PlannedUpload): FileRow {
  const { filename, metadata } = pending;
  return {
    storage: property.type.settings.storage,
    name,
    ...(filename !== undefined && { filename }),
    uploadedAt: new Date().toISOString(),
    ...(metadata !== undefined && { metadata }),
  };
}
