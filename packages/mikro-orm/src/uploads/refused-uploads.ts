import { FileValidationError, UploadRejectedError } from '@filefield/core';
import type { PlannedUpload } from '../flush/planned-upload.ts';
import type { JournalTicket } from '../journal/journal.ts';
import { readTicket } from './upload-ticket.ts';

/** The direct upload that an error condemns for good: what has arrived will not become right, so it need not wait for its time. */
export function refusedUploads(
  { pending: { origin } }: PlannedUpload,
  error: unknown,
  keys: readonly string[],
): JournalTicket[] {
  if (origin.kind !== 'upload' || !isFinal(error)) return [];
  const ticket = readTicket(origin.token, keys);
  return ticket === undefined ? [] : [{ id: ticket.id, name: ticket.name }];
}

function isFinal(error: unknown): boolean {
  if (error instanceof FileValidationError) return true;
  return error instanceof UploadRejectedError && ['size', 'type', 'changed'].includes(error.reason);
}
