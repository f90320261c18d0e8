import { FileValidationError, type FileIssue } from '../errors.ts';

/** Refuses an image that cannot be decoded within the limits. */
export function refusedImage(issue: FileIssue): FileValidationError {
  return new FileValidationError('the image', [issue]);
}

/** Says that decoding takes too long. */
export function timeIssue(milliseconds: number): FileIssue {
  return issue(
    `the image takes longer than ${milliseconds / 1000} seconds to decode`,
    milliseconds,
  );
}

/** Says that decoding takes too much memory. */
export function memoryIssue(bytes: number): FileIssue {
  return issue(`the image takes more than ${inMebibytes(bytes)} of memory to decode`, bytes);
}

/** Says that what was made is too large. */
export function outputIssue(bytes: number): FileIssue {
  return issue(`more than ${inMebibytes(bytes)} would be made of the image`, bytes);
}

/** Says that the process which decoded the image ended over it. */
export function crashIssue(end: string): FileIssue {
  return issue(`the image ended the process that decoded it (${end})`);
}

/** Says that the image is damaged, or of a kind that sharp does not decode. */
export function undecodableIssue(reason: string): FileIssue {
  return issue(`the image cannot be decoded (${reason})`);
}

function issue(message: string, expected?: number): FileIssue {
  return { validator: 'image', message, ...(expected !== undefined && { expected }) };
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
