import type { FieldFile } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import pLimit from 'p-limit';
import type { JournalTicket } from '../journal/journal.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { Renewal } from './renewal.ts';
import { completeUpload, scheduleUploads, type ScheduledUpload } from './scheduled-upload.ts';
import type { Placement } from './upload-files.ts';
import type { UploadBatch } from './upload-host.ts';
import { refusedUploads } from '../uploads/refused-uploads.ts';

/**
 * Writes the names of all uploads into the journal, then uploads them together. When one fails the others are ended:
 * what is incomplete is due at once, what completed waits for the next try.
 */
export async function uploadPlanned(
  plans: readonly PlannedUpload[],
  batch: UploadBatch,
): Promise<Map<FieldFile, Placement>> {
  if (plans.length === 0) return new Map();
  const { locations, journal } = batch;
  await Promise.all(plans.map(async ({ storage }) => locations?.take(storage, journal)));
  const since = Date.now();
  const uploads = await scheduleUploads(plans, batch);
  const renewal = new Renewal(
    uploads.map(({ ticket }) => ticket),
    since,
    batch,
  );
  const failure = new AbortController();
  const refused: JournalTicket[] = [];
  const made = new Map<FieldFile, readonly JournalTicket[]>();
  const limit = pLimit(batch.host.concurrency);
  const results = await Promise.allSettled(
    uploads.map((upload, index) =>
      limit(async () => {
        const { signal } = failure;
        signal.throwIfAborted();
        const restarted = (again: ScheduledUpload): void => {
          uploads[index] = again;
          renewal.add(again.ticket);
        };
        const announced = (tickets: readonly JournalTicket[]): void => {
          made.set(upload.plan.file, tickets);
          for (const ticket of tickets) renewal.add(ticket);
        };
        try {
          return await completeUpload(upload, batch, { signal, restarted, announced });
        } catch (error) {
          if (!signal.aborted) refused.push(...refusedUploads(upload.plan, error));
          failure.abort(error);
          throw error;
        }
      }),
    ),
  );
  const expiresAt = renewal.end();
  const placements = new Map<FieldFile, Placement>();
  for (const result of results) {
    if (result.status === 'rejected') continue;
    const {
      upload: { plan, ticket },
      row,
    } = result.value;
    const { field } = plan.property;
    const staged = { id: ticket.id, field, expiresAt, row, made: made.get(plan.file) };
    placements.set(plan.file, { row, staged });
  }
  if (!failure.signal.aborted) return placements;
  for (const [file, { staged }] of placements) fileBinding.unsettle(file, staged);
  const incomplete = uploads.filter(({ plan }) => !placements.has(plan.file));
  const failed = incomplete.flatMap(({ ticket, plan }) => [ticket, ...(made.get(plan.file) ?? [])]);
  await abandon([...failed, ...refused], batch);
  throw failure.signal.reason;
}

async function abandon(
  tickets: readonly JournalTicket[],
  { journal, host }: UploadBatch,
): Promise<void> {
  try {
    await journal.abandon(tickets);
  } catch (error) {
    // The rows are due by themselves when the upload timeout is over; the first failure is what the caller needs.
    host.warn(`Cannot make ${tickets.length} failed uploads due: ${String(error)}`);
  }
}
