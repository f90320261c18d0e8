import { UploadRejectedError, type FieldFile } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';

/** @throws {@link UploadRejectedError} `expired` when the object of a staged file may be gone. */
export function assertNotExpired(file: FieldFile): void {
  const staged = fileBinding.staged(file);
  if (staged === undefined || staged.expiresAt > Date.now()) return;
  const when = new Date(staged.expiresAt).toISOString();
  throw new UploadRejectedError(
    'expired',
    `Cannot save ${staged.field}: the upload of "${file.filename ?? ''}" expired at ${when}, stage it again`,
  );
}
