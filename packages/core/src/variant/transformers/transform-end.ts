import { assertLifetime } from '../../file-system/disk-url.ts';
import { stableExpiry } from '../../url-signature.ts';
import type { TransformRequest } from '../image-transformer.ts';

/**
 * When the URL of a variant ends, in seconds since the epoch; `undefined` where everybody may see the original.
 *
 * @param lifetime Seconds, where none are asked for.
 */
export function transformEnd(
  { row, storage, variant, options }: TransformRequest,
  lifetime: number,
): number | undefined {
  if (storage.visibility === 'public') return undefined;
  const { expiresIn = lifetime } = options;
  assertLifetime(expiresIn);
  return stableExpiry(`${row.name}.v/${variant}`, expiresIn);
}
