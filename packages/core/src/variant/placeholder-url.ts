import { thumbHashToApproximateAspectRatio, thumbHashToDataURL } from 'thumbhash';

/** Bytes that a thumbhash has at least and at most. */
const [shortest, longest] = [5, 40];

/**
 * A picture of about 32 pixels for what a thumbhash in Base64 tells, as a `data:` URL of a PNG; `undefined` of anything else.
 */
export function placeholderUrl(placeholder: unknown): string | undefined {
  if (typeof placeholder !== 'string' || placeholder.length > longest * 2) return undefined;
  const hash = Buffer.from(placeholder, 'base64');
  if (hash.length < shortest || hash.length > longest || !isSpelled(placeholder, hash))
    return undefined;
  const ratio = thumbHashToApproximateAspectRatio(hash);
  return ratio > 1 / 32 && ratio < 32 ? thumbHashToDataURL(hash) : undefined;
}

/** A decoder that forgives reads bytes in any text. */
function isSpelled(text: string, bytes: Buffer): boolean {
  return bytes.toString('base64').replaceAll('=', '') === text.replaceAll('=', '');
}
