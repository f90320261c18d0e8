import { collect, headBytes } from '@filefield/core/binding';
import type { PlannedUpload } from '../flush/planned-upload.ts';
import { sha256Of } from '../sha256-of.ts';
import { assertSha256, type ArrivedFile } from './arrived-file.ts';
import { rejected } from './upload-ticket.ts';

/** SHA-256 of an upload, as far as it is known. */
export interface UploadChecksums {
  /** By the browser. */
  readonly announced: string | undefined;
  /** Counted by the storage, or by us on the way. */
  readonly known: string | undefined;
}

/**
 * Looks at the copy, where nobody but this process writes: what was found out about the upload is true of it. An ETag
 * does not say so; on S3 it is an MD5, of which two files may be made that have the same.
 *
 * @returns Its SHA-256; counted here where one was announced and nobody has counted it, which reads all of it.
 * @throws {@link UploadRejectedError} `changed` when these are other bytes.
 */
export async function checkedCopy(
  { storage, name }: PlannedUpload,
  { size, head }: ArrivedFile,
  { announced, known }: UploadChecksums,
): Promise<string | undefined> {
  const found = await storage.stat(name);
  const copied = await collect(await storage.open(name, { end: headBytes }));
  if (found.size !== size || !Buffer.from(copied).equals(head)) {
    throw rejected('changed', 'it was sent again while it was taken');
  }
  if (announced === undefined) return known;
  const sha256 = known ?? (await sha256Of(await storage.open(name)));
  assertSha256(sha256, announced);
  return sha256;
}
