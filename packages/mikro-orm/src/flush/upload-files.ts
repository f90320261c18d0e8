import { UnsupportedOperationError, type FieldFile, type FileRow } from '@filefield/core';
import { fileBinding, type StagedUpload } from '@filefield/core/binding';
import { contextOf, type FileProperty } from '../discovery/file-property.ts';
import { freeNames } from './chosen-name.ts';
import { planUpload, type PendingRequest, type PlannedUpload } from './planned-upload.ts';
import { reusableUploads } from './reusable-uploads.ts';
import type { UploadBatch } from './upload-host.ts';
import { uploadPlanned } from './upload-planned.ts';
import { measuredObject } from '../image/measured-object.ts';
import { assertClaimable, uploadClaims } from '../uploads/upload-claim.ts';

/** A file and the field that shall own it. */
export interface UploadRequest {
  readonly file: FieldFile;
  readonly property: FileProperty;
  /** What a callable `uploadTo` is given. */
  readonly entity: object;
}

/** Where the bytes of a file are now. */
export interface Placement {
  readonly row: FileRow;
  /** How the journal lists the object; not at all where the row will not own it. */
  readonly staged: StagedUpload | undefined;
}

/** A file that became stored, and what a rollback gives back to it. */
export interface SettledFile {
  readonly file: FieldFile;
  readonly staged: StagedUpload | undefined;
}

/**
 * Makes the files of a flush stored. What an earlier try uploaded is used again, references are looked for, the rest
 * is uploaded; when one of them fails, all stay as they were.
 */
export async function uploadFiles(
  requests: readonly UploadRequest[],
  batch: UploadBatch,
): Promise<SettledFile[]> {
  const placed = await reusableUploads(requests, batch);
  const claims = uploadClaims(
    requests.filter(({ file }) => !placed.has(file)),
    batch.host.keys,
  );
  await assertClaimable(claims, batch.journal);
  const fresh = requests.flatMap((request) => {
    const pending = fileBinding.pending(request.file);
    if (pending === undefined || placed.has(request.file)) return [];
    const ticket = claims.find(({ file }) => file === request.file)?.ticket;
    const { filename = ticket?.filename } = pending;
    return [{ ...request, pending: { ...pending, filename }, ticket }];
  });
  const [references, uploads] = partition(
    fresh,
    ({ pending }) => pending.origin.kind === 'reference',
  );
  for (const request of references) placed.set(request.file, await reference(request));
  const { timeZone } = batch.host;
  const options = { isFree: freeNames(batch.journal), timeZone };
  const plans: PlannedUpload[] = [];
  // One after the other: two files of one flush must not find the same name free.
  for (const request of uploads) plans.push(await planUpload(request, options));
  for (const [file, placement] of await uploadPlanned(plans, batch)) placed.set(file, placement);
  return requests.flatMap(({ file, property }) => {
    const placement = placed.get(file);
    if (placement === undefined) return [];
    fileBinding.settle(file, placement.row, contextOf(property));
    return [{ file, staged: placement.staged }];
  });
}

/** @throws {@link FileNotFoundError} when the object that a row shall refer to is not there. */
async function reference({ pending, property }: PendingRequest): Promise<Placement> {
  const { origin, filename, type, metadata } = pending;
  if (origin.kind !== 'reference') throw new TypeError('not a reference');
  const { storage, name, owned } = origin.row;
  assertReferable(property, origin.row);
  const place = contextOf(property).storage(storage);
  const found = await place.stat(name);
  const { image } = property.type.settings;
  const measured = image && (await measuredObject(image, { storage: place, name, filename }));
  const row = {
    storage,
    name,
    filename: filename ?? name.split('/').pop(),
    size: found.size,
    type: type ?? found.type,
    metadata,
    owned,
    ...measured,
  };
  return { row: JSON.parse(JSON.stringify(row)), staged: undefined };
}

/** A column of names cannot say that an object is not its own, nor that it lies elsewhere. */
function assertReferable(
  { field, type: { settings } }: FileProperty,
  { storage, name, owned }: FileRow,
): void {
  if (settings.column !== 'name') return;
  if (storage === settings.storage && (owned !== false || name === settings.default)) return;
  const wanted = `FieldFile.stored({ storage: "${settings.storage}", own: true })`;
  const reason = `the column holds only names and owns their objects, pass ${wanted}`;
  throw new UnsupportedOperationError(`refer to "${name}" in ${field}`, storage, reason);
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): [T[], T[]] {
  return [values.filter(test), values.filter((value) => !test(value))];
}
