import type { UploadGrant, UploadRequest, UploadStep } from './direct-upload.ts';
import { InvalidNameError, UploadRejectedError } from './errors.ts';
import { assertWritable } from './storage-names.ts';
import { asLibrary } from './library-options.ts';

/** Where direct uploads arrive; what lies there is nobody's until a flush has checked and copied it. */
export const incomingDirectory = 'incoming';

/** With which method each step is sent, as S3 has it. */
export const uploadMethods: Readonly<Record<UploadStep['kind'], UploadRequest['method']>> = {
  form: 'POST',
  put: 'PUT',
  begin: 'POST',
  part: 'PUT',
  parts: 'GET',
  complete: 'POST',
  abort: 'DELETE',
};

const longestLife = 604_800;
const mostParts = 10_000;
/** The least that S3 takes for a part which is not the last one. */
const leastPart = 5 * 1024 * 1024;

/**
 * Checks what is to be granted, and the step.
 * @throws {@link InvalidNameError} when the name is not one of `incoming/`. @throws RangeError when a number is out of
 * bounds. @throws TypeError when a text is none that a header could carry. @throws {@link UploadRejectedError} `size`
 * when there are more parts than a file of that size has.
 */
export function assertUpload(grant: UploadGrant, step: UploadStep): void {
  const { name, type, maxSize, size, sha256, expiresIn } = grant;
  assertWritable(name, asLibrary({}));
  if (!name.startsWith(`${incomingDirectory}/`)) {
    throw new InvalidNameError(name, `direct uploads go to "${incomingDirectory}/"`);
  }
  assertWhole('maxSize', maxSize, 0, Number.MAX_SAFE_INTEGER);
  if (size !== undefined) assertWhole('size', size, 0, maxSize);
  assertWhole('expiresIn', expiresIn, 1, longestLife);
  assertText('type', type, /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/);
  if (sha256 !== undefined) assertText('sha256', sha256, /^[0-9a-f]{64}$/);
  if ('uploadId' in step) assertText('uploadId', step.uploadId, /^[\x21-\x7e]{1,1024}$/);
  if (step.kind === 'part') assertPart(name, step.partNumber, size ?? maxSize);
}

/** Parts without bytes cost room as well. */
function assertPart(name: string, partNumber: number, bytes: number): void {
  assertWhole('partNumber', partNumber, 1, mostParts);
  const needed = Math.ceil(bytes / leastPart) + 1;
  if (partNumber <= needed) return;
  const found = `part ${partNumber} is asked for, ${needed} are enough`;
  throw new UploadRejectedError('size', `Cannot upload ${JSON.stringify(name)}: ${found}`);
}

function assertWhole(what: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) {
    return;
  }
  throw new RangeError(
    `Cannot create an upload with the ${what} ${String(value)}: a whole number from ${least} to ${most} is wanted`,
  );
}

function assertText(what: string, value: unknown, pattern: RegExp): void {
  if (typeof value === 'string' && pattern.test(value)) return;
  throw new TypeError(`Cannot create an upload: its ${what} is none`);
}
