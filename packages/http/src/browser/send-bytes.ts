import type { SignedRequest } from './ask-endpoint.ts';
import { UploadError } from './upload-error.ts';

/** What a transfer tells, and what ends it. */
export interface Transfer {
  readonly onProgress?: ((sent: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends a file as a signed request asks for it. @throws {@link UploadError} when the storage refuses or does not answer. */
export async function sendBytes(
  request: SignedRequest,
  file: Blob,
  { onProgress, signal }: Transfer,
): Promise<void> {
  signal?.throwIfAborted();
  // fetch() does not tell how far an upload is.
  const xhr = new XMLHttpRequest();
  const abort = (): void => xhr.abort();
  signal?.addEventListener('abort', abort);
  try {
    await new Promise((resolve) => {
      xhr.addEventListener('loadend', resolve);
      xhr.upload.addEventListener('progress', ({ loaded, total }) =>
        // What the form adds is not the user's.
        onProgress?.(Math.round(file.size * (loaded / Math.max(total, 1))), file.size),
      );
      xhr.open(request.method, request.url);
      for (const [name, value] of Object.entries(request.headers)) {
        xhr.setRequestHeader(name, value);
      }
      xhr.send(request.fields === undefined ? file : formOf(request.fields, file));
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  signal?.throwIfAborted();
  if (xhr.status < 200 || xhr.status > 299) throw refusal(xhr);
}

function formOf(fields: Readonly<Record<string, string>>, file: Blob): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  // S3 ignores what comes after the file.
  form.set('file', file);
  return form;
}

function refusal({ status, responseText }: XMLHttpRequest): UploadError {
  if (status === 0) {
    return new UploadError('Cannot upload: the storage did not answer', {
      code: 'NETWORK',
      status,
    });
  }
  const code = /<Code>(\w+)<\/Code>/.exec(responseText)?.[1] ?? 'HTTP';
  return new UploadError(`Cannot upload: the storage answered ${status} ${code}`, { code, status });
}
