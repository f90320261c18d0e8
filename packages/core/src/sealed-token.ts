import { createHmac } from 'node:crypto';
import { isSignedBy } from './signing-keys.ts';

/**
 * Data that travels through strangers' hands and comes back as it was: readable by everybody, changed by nobody.
 *
 * @param purpose Tells apart what one key signs; a token of one purpose is nothing to another.
 * @param data Kept as JSON.
 * @param key The secret that signs, at least 32 characters.
 * @returns Letters, digits, `-`, `_` and one dot.
 */
export function sealToken(purpose: string, data: object, key: string): string {
  const body = Buffer.from(JSON.stringify(data)).toString('base64url');
  return `${body}.${seal(purpose, body, key).toString('base64url')}`;
}

/**
 * The data of a token that {@link sealToken} made.
 *
 * @param keys Any of them may have signed it.
 * @returns `undefined` when nobody of us made it, whatever it holds.
 */
export function openToken(
  purpose: string,
  token: string,
  keys: readonly string[],
): object | undefined {
  if (typeof token !== 'string' || token.length > longestToken) return undefined;
  const [body = '', given = '', ...rest] = token.split('.');
  if (rest.length > 0) return undefined;
  const signature = Buffer.from(given, 'base64url');
  // One spelling only: a decoder that forgives would let one token have many.
  if (signature.toString('base64url') !== given) return undefined;
  if (!isSignedBy(keys, signature, (key) => seal(purpose, body, key))) return undefined;
  const data: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
  return typeof data === 'object' && data !== null ? data : undefined;
}

/** A name, a filename and a subject fit, whatever their length; what is longer is not read. */
const longestToken = 16_384;

function seal(purpose: string, body: string, key: string): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify(['filefield-token', 1, purpose, body]))
    .digest();
}
