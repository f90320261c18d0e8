import { FileFieldError, type AnyFileFieldError, type UploadRejection } from '@filefield/core';
import { FormError } from './form-error.ts';
import { notFound, problemResponse } from './problem-response.ts';

/**
 * The answer to an error that the client can do something about, such as a file that is not there, too large, or taken:
 * `{ error: { code, reason, message, issues } }`, or its message as text where a page is wanted.
 *
 * @param error What was caught.
 * @param request Tells what the client wants to read. Default: JSON.
 * @throws the error itself where it is the application's or the storage's, for the error handler of the framework.
 */
export function errorResponse(error: unknown, request?: Request): Response {
  if (error instanceof FormError) {
    const { code, message, status } = error;
    return problemResponse(status, { code, message }, request);
  }
  if (!isOurs(error)) throw error;
  const status = error.code === 'UPLOAD_REJECTED' ? rejections[error.reason] : statuses[error.code];
  if (status === undefined) throw error;
  if (error.code === 'FILE_NOT_FOUND') return notFound(request);
  const { code, message } = error;
  const reason = error.code === 'UPLOAD_REJECTED' ? error.reason : undefined;
  const issues = error.code === 'FILE_VALIDATION' ? error.issues : undefined;
  return problemResponse(status, { code, reason, message, issues }, request);
}

/** What clients cause; every other code is somebody else's fault and has no answer here. */
const statuses: Readonly<Partial<Record<AnyFileFieldError['code'], number>>> = {
  FILE_NOT_FOUND: 404,
  NO_FILE: 404,
  FILE_EXISTS: 409,
  FILE_CHANGED: 409,
  INVALID_NAME: 400,
  FILE_VALIDATION: 422,
};

const rejections: Readonly<Record<UploadRejection, number>> = {
  forged: 403,
  // As S3 answers: 410 would say that the upload is gone for ever, and be kept by caches.
  expired: 403,
  used: 409,
  field: 403,
  subject: 403,
  size: 413,
  type: 415,
  missing: 404,
  changed: 409,
};

function isOurs(error: unknown): error is AnyFileFieldError {
  return error instanceof FileFieldError;
}
