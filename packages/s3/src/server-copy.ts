import { serverOf } from './bucket-address.ts';
import { compressionOf } from './compression.ts';
import { copying } from './multipart-upload.ts';
import { originalSize, statOf, typeOf, type ObjectHead } from './object-head.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** Why nothing is copied from a storage that is no S3. */
export const noServer = 'the storages are on different servers';

/** Why no server can copy from one bucket to the other; `undefined`: one may. */
export function unableToCopy(origin: S3Bucket, target: S3Bucket): string | undefined {
  if (serverOf(origin.options) !== serverOf(target.options)) return noServer;
  const isDistant = origin.options.region !== target.options.region;
  return isDistant && target.options.accelerate
    ? 'the accelerated endpoint copies within its region only'
    : undefined;
}

/** Why the bytes of an object are not the ones that a write of the same file would store; `undefined`: they are. */
export function storedOtherwise(
  { options }: S3Bucket,
  name: string,
  type: string | undefined,
  head: ObjectHead,
): string | undefined {
  const facts = { type: type ?? typeOf(head), size: statOf(name, head).size };
  const isCompressed = originalSize(head) !== undefined;
  const isToBe = compressionOf(options, name, facts) !== undefined;
  if (isCompressed === isToBe) return undefined;
  return isToBe ? 'the object is to be compressed' : 'the object is compressed and is not to be';
}

/** Whether the origin of a copy was another one each time that it was looked at. */
export function isReplaced(error: unknown): error is S3Problem {
  return error instanceof S3Problem && error.isConflict;
}

/** Whether a server that has both buckets will not copy, and has done nothing. */
export function isRefusedCopy(error: unknown): error is S3Problem {
  if (!(error instanceof S3Problem) || error.need.action !== copying) return false;
  const { status = 0, code } = error;
  // An upload that is gone was reclaimed: nothing may come under its name any more.
  return (status >= 400 && status < 500 && code !== 'NoSuchUpload') || code === 'NotImplemented';
}
