import type { FieldFile } from '@filefield/core';
import { fileBinding, type StagedUpload } from '@filefield/core/binding';
import { sharedFields } from '../discovery/file-location.ts';
import type { UploadRequest } from '../flush/upload-files.ts';
import type { Journal } from '../journal/journal.ts';
import { expired, openTicket, rejected, type UploadTicket } from './upload-ticket.ts';

/** A direct upload that a row is about to take. */
export interface UploadClaim {
  readonly entity: object;
  readonly file: FieldFile;
  readonly ticket: UploadTicket;
  /** Its copy, once it is made. */
  readonly staged?: StagedUpload | undefined;
}

/**
 * The direct uploads among files that are to be stored.
 * @throws {@link UploadRejectedError} when a token is not ours, or for something else.
 */
export function uploadClaims(
  requests: readonly UploadRequest[],
  keys: readonly string[],
): UploadClaim[] {
  return requests.flatMap(({ entity, file, property }) => {
    const origin = fileBinding.pending(file)?.origin;
    if (origin?.kind !== 'upload') return [];
    const { token, subject } = origin;
    return [
      {
        entity,
        file,
        ticket: openTicket(token, keys, { fields: sharedFields(property), subject }),
      },
    ];
  });
}

/**
 * Looks ahead, so that nothing is copied in vain: only {@link claimUpload} decides.
 * @throws {@link UploadRejectedError} `used` or `expired`.
 */
export async function assertClaimable(
  claims: readonly Pick<UploadClaim, 'ticket'>[],
  journal: Journal,
): Promise<void> {
  const states = await journal.uploads(claims.map(({ ticket }) => ticket));
  for (const { ticket } of claims) {
    if (states.get(ticket.id) === 'used') throw used();
    if (states.get(ticket.id) !== 'open') throw expired();
  }
}

/**
 * Uses an upload up, in the transaction of the row that takes it: of two rows one gets it.
 * @throws {@link UploadRejectedError} `used` or `expired`.
 */
export async function claimUpload({ ticket }: UploadClaim, journal: Journal): Promise<void> {
  if (await journal.claim(ticket)) return;
  throw (await journal.uploads([ticket])).get(ticket.id) === 'expired' ? expired() : used();
}

function used(): Error {
  return rejected('used', 'a row has taken it already');
}
