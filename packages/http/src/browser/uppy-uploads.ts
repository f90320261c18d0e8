import { askEndpoint, type Endpoint, type SignedRequest } from './ask-endpoint.ts';
import { UploadError } from './upload-error.ts';

/** What is used of a file of Uppy. */
export interface UppyFileLike {
  readonly id: string;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly size?: number | null | undefined;
  readonly meta: object;
  readonly s3Multipart?: { readonly key: string } | undefined;
}

/** What is used of Uppy; an instance of `@uppy/core` 6 has it. */
export interface UppyLike {
  getFile(id: string): UppyFileLike;
  getFiles(): UppyFileLike[];
  setFileMeta(id: string, meta: { uploadToken: string }): void;
  setFileState(id: string, state: object): void;
}

/** What Uppy wants to have signed. */
export interface UppyRequest {
  readonly method: 'PUT' | 'POST' | 'GET' | 'DELETE';
  readonly key: string;
  readonly uploadId?: string;
  readonly partNumber?: number;
}

/** A signed request as Uppy takes it. */
export interface SignedForUppy {
  url: string;
  headers: Record<string, string>;
  key?: string;
}

/** Where Uppy's uploads go. */
export interface UppyUploadsOptions extends Endpoint {
  /** Passed on to the endpoint, which chooses the field of the entity by it; may depend on the file. None by default. */
  readonly field?: string | ((file: UppyFileLike) => string) | undefined;
}

/** The options of `@uppy/aws-s3` that lead its uploads to the application's endpoint. */
export interface UppyUploads {
  readonly generateObjectKey: (file: { readonly id: string }) => string;
  readonly signRequest: (request: UppyRequest) => Promise<SignedForUppy>;
}

/**
 * Makes `@uppy/aws-s3` 6 upload through the application's endpoint: `uppy.use(AwsS3, uppyUploads(uppy, { endpoint }))`.
 * Afterwards `file.meta.uploadToken` is the token to send back with the form; `@uppy/golden-retriever` keeps it over a reload.
 */
export function uppyUploads(uppy: UppyLike, options: UppyUploadsOptions): UppyUploads {
  async function begin(request: UppyRequest): Promise<SignedForUppy> {
    const file = uppy.getFile(request.key);
    const upload = await askEndpoint<{ token: string; request: SignedRequest }>(options, '', {
      filename: file.name,
      type: file.type === '' ? undefined : file.type,
      size: file.size ?? undefined,
      method: request.method === 'POST' ? 'multipart' : 'put',
      field: typeof options.field === 'function' ? options.field(file) : options.field,
    });
    uppy.setFileMeta(file.id, { uploadToken: upload.token });
    // Comes back as the key of all further requests, after a reload too.
    return { ...signedForUppy(upload.request), key: upload.token };
  }

  async function proceed(request: UppyRequest): Promise<SignedForUppy> {
    const asked = { token: request.key, step: stepOf(request) };
    try {
      return signedForUppy(await askEndpoint<SignedRequest>(options, '/sign', asked));
    } catch (error) {
      if (error instanceof UploadError && error.reason !== undefined) forget(request.key);
      throw error;
    }
  }

  /** What was refused once is refused for ever: a retry begins again. */
  function forget(token: string): void {
    const file = uppy.getFiles().find(({ s3Multipart }) => s3Multipart?.key === token);
    if (file !== undefined) uppy.setFileState(file.id, { s3Multipart: undefined });
  }

  return {
    generateObjectKey: ({ id }) => id,
    signRequest: async (request) =>
      request.uploadId === undefined ? begin(request) : proceed(request),
  };
}

const kinds = { PUT: 'part', GET: 'parts', POST: 'complete', DELETE: 'abort' } as const;

function stepOf({ method, uploadId, partNumber }: UppyRequest): object {
  return { kind: kinds[method], uploadId, partNumber };
}

/** Uppy takes absolute URLs only. */
function signedForUppy({ url, headers }: SignedRequest): SignedForUppy {
  return { url: new URL(url, location.href).href, headers: { ...headers } };
}
