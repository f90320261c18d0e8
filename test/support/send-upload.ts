import { FileExistsError, type FileStorage, type UploadRequest } from '@filefield/core';

/**
 * Does what a browser does with the request of a direct upload: sends it to the server, or, where it leads back to the
 * application, to the receiver of the storage.
 *
 * @returns The status of the answer.
 */
export async function sendUpload(
  storage: FileStorage,
  { method, url, headers, fields }: UploadRequest,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<number> {
  if (storage.uploads === undefined) {
    const body = fields === undefined ? bytes : formOf(fields, bytes);
    const answer = await fetch(url, { method, headers, body });
    await answer.arrayBuffer();
    return answer.status;
  }
  const grant = new URL(url, 'http://localhost').searchParams.get('grant') ?? '';
  const granted = storage.uploads.read(grant);
  if (typeof granted === 'string') return 403;
  try {
    await storage.uploads.put(granted, ReadableStream.from([bytes]));
    return 204;
  } catch (error) {
    if (!(error instanceof FileExistsError)) throw error;
    return 409;
  }
}

/** The form that a browser sends: the fields in their order, then the file. */
export function formOf(
  fields: Readonly<Record<string, string>>,
  bytes: Uint8Array<ArrayBuffer>,
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([bytes]));
  return form;
}
