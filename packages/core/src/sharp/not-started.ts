import { StorageOptionsError } from '../errors.ts';

/** Says that there is no child to decode an image in, whatever the image. */
export function notStarted(how: string, cause?: unknown): StorageOptionsError {
  return new StorageOptionsError(
    `Cannot run sharpEngine(): its child process does not start (${how})`,
    { cause },
  );
}
