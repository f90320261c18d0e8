import type { FileRow } from '@filefield/core';
import type { PlannedUpload } from '../flush/planned-upload.ts';
import type { UploadBatch } from '../flush/upload-host.ts';
import type { JournalTicket } from '../journal/journal.ts';
import { renderVariants } from './render-variants.ts';
import { storeVariants } from './store-variants.ts';
import { isComplete, wantedVariants } from './wanted-variants.ts';

/** Options of {@link withVariants}. */
export interface EagerOptions {
  readonly batch: UploadBatch;
  readonly signal: AbortSignal;
  /** Is told what is announced in the journal, before it is stored. */
  readonly announced: (tickets: readonly JournalTicket[]) => void;
}

/**
 * Makes the variants of an upload whose field wants them at once; the row lists them from the beginning.
 * @throws {@link FileValidationError} when they cannot be made of this image.
 */
export async function withVariants(
  { property, storage }: PlannedUpload,
  row: FileRow,
  { batch, signal, announced }: EagerOptions,
): Promise<FileRow> {
  const { image } = property.type.settings;
  if (image?.generate !== 'eager') return row;
  const wanted = wantedVariants(image, row);
  if (isComplete(wanted)) return row;
  const { journal, locations, host } = batch;
  const original = { property, storage, row };
  const { images, placeholder } = await renderVariants(host, original, wanted, signal);
  const options = { signal, announced, isNew: true };
  const variants = await storeVariants({ ...host, journal, locations }, original, images, options);
  const isBlurred = placeholder !== undefined;
  return { ...row, variants, ...(isBlurred && { placeholder }) };
}
