import { randomUUID } from 'node:crypto';
import { FileExistsError, type FileRow } from '@filefield/core';
import { isRereadable } from '@filefield/core/binding';
import { reach } from '../fail-points.ts';
import type { JournalTicket } from '../journal/journal.ts';
import { withVariants } from '../variants/with-variants.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { uploadFile } from './upload-file.ts';
import type { UploadBatch } from './upload-host.ts';

/** An upload whose name is in the journal. */
export interface ScheduledUpload {
  readonly plan: PlannedUpload;
  readonly ticket: JournalTicket;
  readonly uploadId: string;
}

/** What an upload left in the storage. */
export interface CompletedUpload {
  readonly upload: ScheduledUpload;
  readonly row: FileRow;
}

/** Options of {@link completeUpload}. */
export interface CompleteOptions {
  readonly signal: AbortSignal;
  /** Is told when the upload goes on under another name. */
  readonly restarted: (upload: ScheduledUpload) => void;
  /** Is told what else was announced in the journal, before it is stored. */
  readonly announced: (tickets: readonly JournalTicket[]) => void;
  readonly triesLeft?: number | undefined;
}

/** Lists the names of uploads for deletion, in one statement that is committed before the first byte. */
export async function scheduleUploads(
  plans: readonly PlannedUpload[],
  { journal, host }: UploadBatch,
): Promise<ScheduledUpload[]> {
  const objects = plans.map(({ pending, property, storage, name }) => ({
    storage: property.type.settings.storage,
    location: storage.location,
    name,
    uploadId: randomUUID(),
    reason: pending.origin.kind === 'source' ? ('upload' as const) : ('copy' as const),
  }));
  await reach(host, 'journal', 'before');
  const tickets = await journal.schedule(objects, host.uploadTimeout);
  await reach(host, 'journal', 'after');
  return plans.flatMap((plan, index) => {
    const ticket = tickets[index];
    const uploadId = objects[index]?.uploadId;
    return ticket === undefined || uploadId === undefined ? [] : [{ plan, ticket, uploadId }];
  });
}

/**
 * Uploads under the scheduled name, and no other. When somebody else's object has it, the ticket is withdrawn, since
 * the journal must not list that object for deletion, and the upload starts again under a name that is scheduled first.
 */
export async function completeUpload(
  upload: ScheduledUpload,
  batch: UploadBatch,
  { triesLeft = 2, ...options }: CompleteOptions,
): Promise<CompletedUpload> {
  const { plan, uploadId } = upload;
  const { signal, restarted, announced } = options;
  try {
    const row = await uploadFile(plan, { ...batch.host, uploadId, signal });
    return { upload, row: await withVariants(plan, row, { batch, signal, announced }) };
  } catch (error) {
    if (!(error instanceof FileExistsError) || error.object !== plan.name) throw error;
    await batch.journal.withdraw(upload.ticket);
    const { origin } = plan.pending;
    if (triesLeft === 0 || (origin.kind === 'source' && !isRereadable(origin.source))) throw error;
    const [again] = await scheduleUploads([{ ...plan, name: await plan.nextName() }], batch);
    if (again === undefined) throw error;
    restarted(again);
    return completeUpload(again, batch, { ...options, triesLeft: triesLeft - 1 });
  }
}
