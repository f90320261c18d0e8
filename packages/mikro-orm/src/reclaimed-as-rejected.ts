import { UploadRejectedError } from '@filefield/core';
import type { Platform } from '@mikro-orm/core';
import { isReclaimedError } from './journal/reclaimed-error.ts';

const patched = new WeakSet<object>();

/** Lets a statement that names a reclaimed object fail with an error of ours instead of a constraint violation. */
export function reclaimedAsRejected(platform: Platform): void {
  const converter = platform.getExceptionConverter();
  if (patched.has(converter)) return;
  patched.add(converter);
  const convert = converter.convertException.bind(converter);
  converter.convertException = (exception) => {
    if (!isReclaimedError(exception)) return convert(exception);
    const message = 'Cannot save a file: its object is being reclaimed or gone, upload it again';
    // MikroORM throws what the converter answers; it need not be one of its own exceptions.
    return new UploadRejectedError('expired', message, { cause: exception });
  };
}
