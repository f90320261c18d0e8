import type { Resize } from '../variant-definition.ts';

/** The color, six hexadecimal digits, of what `contain` leaves free, and of what is transparent where the type cannot be. */
export function fillColor({ fit, type, background }: Resize): string | undefined {
  if (type !== 'image/jpeg' && fit !== 'contain') return undefined;
  const digits = background?.slice(1) ?? (type === 'image/jpeg' ? 'ffffff' : undefined);
  return digits?.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits;
}
