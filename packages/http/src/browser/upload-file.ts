import { askEndpoint, type Endpoint, type SignedRequest } from './ask-endpoint.ts';
import { sendBytes, type Transfer } from './send-bytes.ts';

/** Where a file goes, and what is told about it on the way. */
export interface UploadFileOptions extends Endpoint, Transfer {
  /** Passed on to the endpoint, which chooses the field of the entity by it. None by default. */
  readonly field?: string | undefined;
  /** How the bytes are sent. `form`, the default, has the storage refuse what is too large; some storages know `put` only. */
  readonly method?: 'form' | 'put' | undefined;
  /** Called with the bytes sent so far and all there are. */
  readonly onProgress?: ((sent: number, total: number) => void) | undefined;
  /** Ends the upload; what it has stored by then is reclaimed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Uploads a file straight to the storage: asks the application's endpoint for a signed request and sends the bytes with it.
 * @returns The token to send back with the form; `FieldFile.fromUpload(token)` makes a file of it.
 * @throws {@link UploadError} when the application or the storage refuses or does not answer; the signal's reason when it was aborted.
 */
export async function uploadFile(file: File, options: UploadFileOptions): Promise<string> {
  const { field, method = 'form', signal } = options;
  const { name: filename, type, size } = file;
  // A browser that does not know the type says nothing.
  const asked = { filename, type: type || undefined, size, method, field };
  const upload = await askEndpoint<{ token: string; request: SignedRequest }>(
    options,
    '',
    asked,
    signal,
  );
  await sendBytes(upload.request, file, options);
  return upload.token;
}
