import { StorageOptionsError } from '../../errors.ts';
import type { TransformRequest } from '../image-transformer.ts';

/** Where a service finds the original, as it is to be told; `undefined`: the service does not make this variant. */
export type TransformSource = (request: TransformRequest) => string | undefined;

/**
 * The URL of an original that everybody may see. The signed URL of a private one would end before what is made of it, and
 * whoever sees the variant could read it there and open the original.
 */
export function publicSource({ row, storage }: TransformRequest): string | undefined {
  return storage.visibility === 'public' ? storage.url(row.name) : undefined;
}

/** @throws {@link StorageOptionsError} when an option is given that is no function. */
export function assertFunction(service: string, option: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new StorageOptionsError(`Cannot use ${service}(): ${option} is not a function`);
}
