import { fitOf } from '../fit-of.ts';
import type { Resize } from '../variant-definition.ts';

/** The color, six hexadecimal digits, of what `contain` leaves free, and of what is transparent where the type cannot be. */
export function fillColor(resize: Resize): string | undefined {
  const { type, background } = resize;
  if (type !== 'image/jpeg' && fitOf(resize) !== 'contain') return undefined;
  const digits = background?.slice(1) ?? (type === 'image/jpeg' ? 'ffffff' : undefined);
  return digits?.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits;
}
