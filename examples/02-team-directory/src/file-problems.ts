import { FileValidationError, UploadRejectedError } from '@filefield/core';

/** What to tell at the input of a file that the flush refused; any other error is thrown on. */
export function fileProblems(error: unknown): string[] {
  if (error instanceof FileValidationError) return error.issues.map(({ message }) => message);
  if (error instanceof UploadRejectedError) return ['The upload is not valid any more: try again.'];
  throw error;
}
