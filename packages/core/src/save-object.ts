import { FileExistsError } from './errors.ts';
import type { FileSource, SaveOptions, StoredFile } from './file-storage.ts';
import { ruleIssues } from './file-rules.ts';
import { availableName } from './free-name.ts';
import { Intake } from './intake.ts';
import { isLibrary } from './library-options.ts';
import type { WriteOptions } from './object-primitives.ts';
import { assertWritable } from './storage-names.ts';

/** What a storage lends to {@link saveObject}. */
export interface ObjectWriter {
  /** See `CheckedStorage.picksNames`. */
  readonly picksNames: boolean;
  readonly write: (name: string, intake: Intake, options: WriteOptions) => Promise<string>;
  /** Puts a failure of the backend into words. */
  readonly translate: (error: unknown) => unknown;
}

/** Names that are tried before a storage which calls every name taken is believed. */
const attempts = 100;

/** Stores a source under the name, or under one that is free; a failure of the source is thrown as it is. */
export async function saveObject(
  writer: ObjectWriter,
  asked: string,
  source: FileSource,
  options: SaveOptions,
): Promise<StoredFile> {
  const { ifExists = 'rename', maxLength, type, maxSize, signal, accept, validators } = options;
  const reserved = isLibrary(options) ? 'allow' : 'refuse';
  const another = async (): Promise<string> =>
    availableName(asked, { maxLength, reserved, isFree: async (name) => name !== asked });
  const filename = options.filename ?? asked.slice(asked.lastIndexOf('/') + 1);
  let intake = await Intake.open(source, {
    filename,
    type,
    maxSize,
    signal,
    check: async ({ knownSize: size, ...facts }) =>
      ruleIssues({ accept, validators }, { ...facts, size }),
  });
  try {
    const isOnce = ifExists === 'rename' && !intake.isRereadable && !writer.picksNames;
    let name = isOnce
      ? await another()
      : await availableName(asked, { maxLength, reserved, isFree: async () => true });
    const nextName = ifExists === 'rename' ? another : undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await writeOnce(writer, name, intake, { ...options, nextName });
      } catch (error) {
        const isFinal = !(error instanceof FileExistsError) || attempt === attempts;
        if (isFinal || nextName === undefined) throw error;
        if (intake.isRead && !intake.isRereadable) throw error;
        name = await nextName();
        if (intake.isRead) {
          await intake.close();
          intake = await intake.again();
        }
      }
    }
  } finally {
    await intake.close();
  }
}

async function writeOnce(
  writer: ObjectWriter,
  name: string,
  intake: Intake,
  options: SaveOptions & Pick<WriteOptions, 'nextName'>,
): Promise<StoredFile> {
  const { ifExists, nextName, uploadId, signal } = options;
  const abort = (): void => intake.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    const how = { overwrite: ifExists === 'overwrite', nextName, uploadId, signal };
    const written = await writer.write(name, intake, how);
    assertWritable(written, options);
    const { size, type, sha256, storedSize } = intake;
    return { name: written, size, type, sha256, ...(storedSize !== undefined && { storedSize }) };
  } catch (error) {
    if (intake.failure !== undefined) throw intake.failure.error;
    if (signal?.aborted === true) throw signal.reason;
    throw writer.translate(error);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
