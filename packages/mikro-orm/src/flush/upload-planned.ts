import { randomUUID } from 'node:crypto';
import type { FieldFile, FileRow } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import pLimit from 'p-limit';
import { reach } from '../fail-points.ts';
import type { JournalTicket } from '../journal/journal.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { uploadFile } from './upload-file.ts';
import type { Placement } from './upload-files.ts';
import type { UploadBatch } from './upload-host.ts';

/**
 * Writes the names of all uploads into the journal, then uploads them together. When one fails the others are ended:
 * what is incomplete is due at once, what completed waits for the next try.
 */
export async function uploadPlanned(
  plans: readonly PlannedUpload[],
  batch: UploadBatch,
): Promise<Map<FieldFile, Placement>> {
  if (plans.length === 0) return new Map();
  const { host } = batch;
  const jobs = await schedule(plans, batch);
  const startedAt = Date.now();
  const renewal = keepRenewing(jobs, batch);
  const failure = new AbortController();
  const limit = pLimit(host.concurrency);
  const settled = await Promise.allSettled(
    jobs.map((job) =>
      limit(async () => {
        failure.signal.throwIfAborted();
        try {
          return await uploadFile(job.plan, { ...host, uploadId: job.uploadId, signal: failure.signal });
        } catch (error) {
          failure.abort(error);
          throw error;
        }
      }),
    ),
  );
  clearInterval(renewal);
  const expiresAt = startedAt + host.uploadTimeout;
  const placements = new Map<FieldFile, Placement>();
  const incomplete: JournalTicket[] = [];
  for (const [index, result] of settled.entries()) {
    const job = jobs[index];
    if (job === undefined) continue;
    if (result.status === 'rejected') incomplete.push(job.ticket);
    else placements.set(job.plan.file, placement(job, result.value, expiresAt));
  }
  if (!failure.signal.aborted) return placements;
  for (const [file, { staged }] of placements) fileBinding.unsettle(file, staged);
  await abandon(incomplete, batch);
  throw failure.signal.reason;
}

interface Job {
  readonly plan: PlannedUpload;
  readonly ticket: JournalTicket;
  readonly uploadId: string;
}

async function schedule(plans: readonly PlannedUpload[], { journal, host }: UploadBatch): Promise<Job[]> {
  const entries = plans.map(({ pending, property, storage, name }) => ({
    storage: property.type.settings.storage,
    location: storage.location,
    name,
    uploadId: randomUUID(),
    reason: pending.origin.kind === 'source' ? ('upload' as const) : ('copy' as const),
  }));
  await reach(host, 'journal', 'before');
  const tickets = await journal.schedule(entries, host.uploadTimeout);
  await reach(host, 'journal', 'after');
  return plans.flatMap((plan, index) => {
    const ticket = tickets[index];
    const uploadId = entries[index]?.uploadId;
    return ticket === undefined || uploadId === undefined ? [] : [{ plan, ticket, uploadId }];
  });
}

/** A slow upload outlives its timeout as long as this process does. */
function keepRenewing(jobs: readonly Job[], { journal, host }: UploadBatch): NodeJS.Timeout {
  const tickets = jobs.map(({ ticket }) => ticket);
  const renew = (): void => {
    journal.renew(tickets, host.uploadTimeout).catch((error: unknown) => {
      host.warn(`Cannot renew ${tickets.length} running uploads: ${String(error)}`);
    });
  };
  return setInterval(renew, Math.max(host.uploadTimeout / 3, 1000)).unref();
}

async function abandon(tickets: readonly JournalTicket[], { journal, host }: UploadBatch): Promise<void> {
  try {
    await journal.abandon(tickets);
  } catch (error) {
    // The rows are due by themselves when the upload timeout is over; the first failure is what the caller needs.
    host.warn(`Cannot make ${tickets.length} failed uploads due: ${String(error)}`);
  }
}

function placement({ plan, ticket }: Job, row: FileRow, expiresAt: number): Placement {
  const { field } = plan.property;
  return { row, staged: { id: ticket.id, field, expiresAt, row } };
}
