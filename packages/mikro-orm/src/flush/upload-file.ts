import type { FileRow } from '@filefield/core';
import { copyFile } from './copy-file.ts';
import type { PlannedUpload } from './planned-upload.ts';
import { copyUpload } from '../uploads/copy-upload.ts';
import { uploadSource, type UploadOptions } from './upload-source.ts';

/** Brings the bytes of a pending file under the planned name and tells what its row will hold. */
export async function uploadFile(upload: PlannedUpload, options: UploadOptions): Promise<FileRow> {
  const { origin } = upload.pending;
  if (upload.ticket !== undefined) return copyUpload(upload, upload.ticket, options);
  if (origin.kind === 'source') {
    return uploadSource(upload, origin.source, upload.property.type.settings, options);
  }
  if (origin.kind === 'reference' || origin.kind === 'upload')
    throw new TypeError('Cannot upload a reference: its object is stored');
  return copyFile(upload, origin, options);
}
