import { FileValidationError, UploadRejectedError } from '@filefield/core';
import type { PlannedUpload } from '../flush/planned-upload.ts';
import type { JournalTicket } from '../journal/journal.ts';

/** The direct upload that an error condemns for good: what has arrived will not become right, so it need not wait for its time. */
export function refusedUploads({ ticket }: PlannedUpload, error: unknown): JournalTicket[] {
  return ticket !== undefined && isFinal(error) ? [ticket] : [];
}

function isFinal(error: unknown): boolean {
  if (error instanceof FileValidationError) return true;
  return error instanceof UploadRejectedError && ['size', 'type', 'changed'].includes(error.reason);
}
