import { FileValidationError, UploadRejectedError } from '@filefield/core';

/** What to tell at the input of a file that was refused; any other error is thrown on. */
export function fileProblems(error: unknown): string[] {
  if (error instanceof FileValidationError) {
    // Only photos have to be of certain types.
    if (error.issues.some(({ validator }) => validator === 'accept')) {
      return ['This is not a photo that we can show: choose a JPEG, PNG, WebP, AVIF or GIF.'];
    }
    return error.issues.map(({ message }) => message);
  }
  if (error instanceof UploadRejectedError) return ['The upload is not valid any more: try again.'];
  throw error;
}
