import { UploadError, type UploadErrorDetails } from './upload-error.ts';

/** Where the application answers, and what it wants to see. */
export interface Endpoint {
  /** URL or path where the application's `uploadHandler` answers. */
  readonly endpoint: string;
  /** Sent to the endpoint, and not to the storage: a token against CSRF, an `Authorization`. None by default. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that the browser may send as it is. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** Posts JSON to the endpoint, or to a path below it. @throws {@link UploadError} when it refuses or does not answer. */
export async function askEndpoint<Answer>(
  { endpoint, headers }: Endpoint,
  path: '' | '/sign',
  body: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const url = new URL(endpoint, location.href);
  url.pathname += path;
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    signal: signal ?? null,
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new UploadError(
      'Cannot reach the application: it did not answer',
      { code: 'NETWORK', status: 0 },
      { cause },
    );
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as Answer;
  throw refusal(response.status, text);
}

function refusal(status: number, text: string): UploadError {
  const { message, ...details } = problemOf(text);
  return new UploadError(message ?? `Cannot upload: the application answered ${status}`, {
    code: 'HTTP',
    ...details,
    status,
  });
}

function problemOf(text: string): Partial<UploadErrorDetails> & { readonly message?: string } {
  try {
    const { error } = JSON.parse(text) as { error?: object };
    return error ?? {};
  } catch {
    // A page of a proxy, or of a framework.
    return {};
  }
}
