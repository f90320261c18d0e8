import { StorageOptionsError, UploadRejectedError, type UploadRejection } from '@filefield/core';
import { assertKeys, openToken, sealToken } from '@filefield/core/binding';
import type { JournalName, JournalTicket } from '../journal/journal.ts';

/** What the token of a direct upload says. The browser can read it and not change it. */
export interface UploadTicket extends JournalTicket, JournalName {
  /** The field that it is for: `Entity.property`. */
  readonly field: string;
  readonly filename: string;
  /** Media type as announced. */
  readonly type: string;
  /** Bytes. */
  readonly maxSize: number;
  /** Bytes, where they are announced. */
  readonly size?: number | undefined;
  readonly sha256?: string | undefined;
  /** Whom it was created for. */
  readonly subject?: string | undefined;
  /** Until when bytes may be sent, in milliseconds since the epoch. */
  readonly sendUntil: number;
  /** Until when a row may take it, in milliseconds since the epoch. */
  readonly claimUntil: number;
}

/** What must be true of a token besides its signature. */
export interface TicketChecks {
  /** The names of the field that it is to become the file of. Default: not asked. */
  readonly fields?: readonly string[] | undefined;
  /** Whom it must be for; `undefined`: nobody in particular. */
  readonly subject: string | undefined;
}

const purpose = 'upload';

/** Makes the token. */
export function sealTicket(ticket: UploadTicket, keys: readonly string[]): string {
  return sealToken(purpose, ticket, signingKey(keys));
}

/** The key that signs. @throws {@link StorageOptionsError} where there is none. */
export function signingKey(keys: readonly string[]): string {
  const [key] = keys;
  if (key !== undefined) return key;
  throw new StorageOptionsError(
    'Cannot use direct uploads without keys: set fileFields({ keys: [secret] })',
  );
}

/**
 * What a token says, if it is ours and for this.
 * @throws {@link UploadRejectedError} `forged`, `expired`, `field` or `subject`.
 */
export function openTicket(
  token: string,
  keys: readonly string[],
  { fields, subject }: TicketChecks,
): UploadTicket {
  signingKey(keys);
  // Nobody but sealTicket() makes data of this purpose.
  const ticket = openToken(purpose, token, keys) as UploadTicket | undefined;
  if (ticket === undefined) throw rejected('forged', 'its token is not one of ours');
  if (fields !== undefined && !fields.includes(ticket.field)) {
    throw rejected('field', `it was created for ${ticket.field}, not for ${fields[0]}`);
  }
  if (ticket.subject !== subject) throw rejected('subject', 'it was created for somebody else');
  if (ticket.claimUntil <= Date.now()) throw expired();
  return ticket;
}

/** The error of an upload that came too late. */
export function expired(): UploadRejectedError {
  return rejected('expired', 'its time is over, upload the file again');
}

/** The error of an upload that cannot become the file of a row. */
export function rejected(
  reason: UploadRejection,
  why: string,
  options?: ErrorOptions,
): UploadRejectedError {
  return new UploadRejectedError(reason, `Cannot take the upload: ${why}`, options);
}

/** @throws {@link StorageOptionsError} when a key could be guessed. */
export function checkedKeys(keys: readonly string[]): readonly string[] {
  assertKeys('uploads', keys);
  return keys;
}
