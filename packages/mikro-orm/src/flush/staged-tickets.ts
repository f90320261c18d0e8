import type { StagedUpload } from '@filefield/core/binding';
import type { JournalTicket } from '../journal/journal.ts';

/** How the journal lists a staged upload, with what was made of it. */
export function stagedTickets({ id, row, made = [] }: StagedUpload): JournalTicket[] {
  return [{ id, name: row.name }, ...made];
}
