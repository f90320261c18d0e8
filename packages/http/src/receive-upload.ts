import {
  FileExistsError,
  UploadRejectedError,
  type Storages,
  type UploadGrant,
  type UploadReceiver,
  type UploadRejection,
  type UploadStep,
} from '@filefield/core';
import { uploadMethods } from '@filefield/core/binding';
import { bodyBytes, counted, bodyText, bodyType, BrokenBodyError } from './body-bytes.ts';
import { completedParts, completionBytes } from './completed-parts.ts';
import { FormError } from './form-error.ts';
import { receiveForm } from './receive-form.ts';
import { partsList, s3Refusal, uploadBegun, uploadCompleted } from './s3-answers.ts';

/** Receives what a signed request of a storage on the local disk sends, and answers as S3 does. */
export async function receiveUpload(
  request: Request,
  token: string,
  storages: Pick<Storages, 'aliases' | 'get'>,
): Promise<Response> {
  const found = findGrant(token, storages);
  if (found === 'forged') return s3Refusal(403, 'AccessDenied', 'Nobody signed this request');
  if (found === 'expired') return s3Refusal(403, 'AccessDenied', 'Request has expired');
  const { uploads, grant } = found;
  const method = uploadMethods[grant.step.kind];
  if (request.method !== method) {
    const response = s3Refusal(405, 'MethodNotAllowed', `This request was signed as ${method}`);
    response.headers.set('Allow', method);
    return response;
  }
  const arrival = { request, uploads, grant, step: Object(grant.step), received: { bytes: 0 } };
  try {
    return await steps[grant.step.kind](arrival);
  } catch (error) {
    return refusalOf(error, arrival);
  }
}

/** One request on its way into a storage. */
export interface Arrival {
  readonly request: Request;
  readonly uploads: UploadReceiver;
  readonly grant: UploadGrant & { readonly step: UploadStep };
  /** Of the object, so far. */
  readonly received: { bytes: number };
  readonly step: { readonly uploadId: string; readonly partNumber: number };
}

const steps: Readonly<Record<UploadStep['kind'], (arrival: Arrival) => Promise<Response>>> = {
  form: receiveForm,
  async put({ request, uploads, grant, received }) {
    const refused = wrongType(request, grant) ?? wrongLength(request, grant);
    if (refused !== undefined) return refused;
    await uploads.put(grant, counted(bodyBytes(request), received));
    return new Response(null, { status: 200 });
  },
  async begin({ request, uploads, grant }) {
    return wrongType(request, grant) ?? uploadBegun(grant, await uploads.begin(grant));
  },
  async part({ request, uploads, grant, step }) {
    const refused = wrongLength(request, { ...grant, size: undefined });
    if (refused !== undefined) return refused;
    const { etag } = await uploads.putPart(grant, step, bodyBytes(request));
    return new Response(null, { status: 200, headers: { ETag: `"${etag}"` } });
  },
  async parts({ uploads, grant, step: { uploadId } }) {
    return partsList(grant, uploadId, await uploads.parts(grant, uploadId));
  },
  async complete({ request, uploads, grant, step: { uploadId } }) {
    const parts = completedParts((await bodyText(request, completionBytes)) ?? '');
    if (parts === undefined) return s3Refusal(400, 'MalformedXML', 'The body names no parts');
    await uploads.complete(grant, uploadId, parts);
    const { origin, pathname } = new URL(request.url);
    return uploadCompleted(grant, `${origin}${pathname}`);
  },
  async abort({ uploads, grant, step: { uploadId } }) {
    await uploads.abort(grant, uploadId);
    return new Response(null, { status: 204 });
  },
};

function findGrant(
  token: string,
  storages: Pick<Storages, 'aliases' | 'get'>,
):
  | {
      readonly uploads: UploadReceiver;
      readonly grant: UploadGrant & { readonly step: UploadStep };
    }
  | 'expired'
  | 'forged' {
  for (const alias of storages.aliases) {
    const { uploads } = storages.get(alias);
    const grant = uploads?.read(token) ?? 'forged';
    if (grant === 'expired') return grant;
    if (uploads !== undefined && grant !== 'forged') return { uploads, grant };
  }
  return 'forged';
}

function wrongType(request: Request, { type }: UploadGrant): Response | undefined {
  if (bodyType(request) === type.toLowerCase()) return undefined;
  return s3Refusal(403, 'AccessDenied', `The Content-Type is to be ${type}`);
}

/** Told before a byte is read, where the length is known. */
function wrongLength(
  { headers }: Request,
  { size, maxSize }: Pick<UploadGrant, 'size' | 'maxSize'>,
): Response | undefined {
  const header = headers.get('content-length');
  if (header === null) return undefined;
  const length = Number(header);
  if (length > (size ?? maxSize)) {
    return s3Refusal(400, 'EntityTooLarge', `The body is over ${size ?? maxSize} bytes`);
  }
  if (length >= (size ?? 0)) return undefined;
  return s3Refusal(400, 'EntityTooSmall', `The body is under ${size} bytes`);
}

function refusalOf(error: unknown, arrival: Arrival): Response {
  if (error instanceof BrokenBodyError) {
    return s3Refusal(400, 'IncompleteBody', 'The body ended too early');
  }
  if (error instanceof FormError) {
    if (error.status === 413) return s3Refusal(400, 'EntityTooLarge', error.message);
    return s3Refusal(error.status, 'MalformedPOSTRequest', error.message);
  }
  if (error instanceof FileExistsError) {
    return s3Refusal(412, 'PreconditionFailed', 'It is uploaded already');
  }
  const code = error instanceof UploadRejectedError ? codes[error.reason]?.(arrival) : undefined;
  if (!(error instanceof UploadRejectedError) || code === undefined) throw error;
  return s3Refusal(error.reason === 'missing' ? 404 : 400, code, error.message);
}

const codes: Partial<Record<UploadRejection, (arrival: Arrival) => string>> = {
  size: ({ grant, received }) =>
    received.bytes < (grant.size ?? 0) ? 'EntityTooSmall' : 'EntityTooLarge',
  changed: ({ grant }) => (grant.step.kind === 'complete' ? 'InvalidPart' : 'BadDigest'),
  missing: () => 'NoSuchUpload',
  used: () => 'InvalidRequest',
};
