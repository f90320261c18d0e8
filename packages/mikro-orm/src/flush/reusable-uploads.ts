import { UploadRejectedError, type FieldFile } from '@filefield/core';
import { fileBinding, isRereadable, type PendingFile } from '@filefield/core/binding';
import { stagedTickets } from './staged-tickets.ts';
import type { Placement, UploadRequest } from './upload-files.ts';
import type { UploadBatch } from './upload-host.ts';

/**
 * The files whose bytes are in the storage already: staged on purpose, or by a flush that was rolled back. The
 * journal decides whether an upload of an earlier flush is still there; if not, its source is read again.
 * @throws {@link UploadRejectedError} `expired` when it is gone and its source cannot be read again.
 */
export async function reusableUploads(
  requests: readonly UploadRequest[],
  { journal, host }: UploadBatch,
): Promise<Map<FieldFile, Placement>> {
  const placed = new Map<FieldFile, Placement>();
  const retries: UploadRequest[] = [];
  for (const request of requests) {
    const staged = fileBinding.staged(request.file);
    if (staged === undefined) continue;
    if (fileBinding.pending(request.file) === undefined) {
      placed.set(request.file, { row: staged.row, staged });
    } else if (staged.field === request.property.field) retries.push(request);
  }
  if (retries.length === 0) return placed;
  const uploads = retries.map(({ file }) => ({ file, staged: fileBinding.staged(file) }));
  const expiresAt = Date.now() + host.uploadTimeout;
  const tickets = uploads.flatMap(({ staged }) => (staged ? stagedTickets(staged) : []));
  const renewed = await journal.renew(tickets, host.uploadTimeout);
  for (const { file, staged } of uploads) {
    if (staged !== undefined && stagedTickets(staged).every(({ id }) => renewed.has(id))) {
      placed.set(file, { row: staged.row, staged: { ...staged, expiresAt } });
    } else assertReadable(fileBinding.pending(file));
  }
  return placed;
}

function assertReadable(pending: PendingFile | undefined): void {
  if (pending?.origin.kind !== 'source' || isRereadable(pending.origin.source)) return;
  const filename = JSON.stringify(pending.filename ?? '');
  throw new UploadRejectedError(
    'expired',
    `Cannot save ${filename}: its upload expired and its stream was read already, assign a new file`,
  );
}
