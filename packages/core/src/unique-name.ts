import { hash, randomBytes } from 'node:crypto';

import { cutRoot, splitName, type NameLimits } from './cut-root.ts';
import { assertName } from './file-name.ts';

/** Options of {@link uniqueName}. */
export interface UniqueNameOptions extends NameLimits {
  /** The longest name in characters (code points). Default: no limit but 255 bytes per component and 1,024 in all. */
  readonly maxLength?: number | undefined;
}

/**
 * A name that nobody has used and nobody can guess: `_` and a random token before the extension(s),
 * `avatars/me.png` becomes `avatars/me_7gk2…q.png`. The token has 100 random bits in lower case, so that
 * it stays unique where names ignore case, and ends in two check characters. The root is cut where the name would be too long.
 *
 * @throws {@link InvalidNameError} when the name is not allowed, or when nothing of its root would be left.
 */
export function uniqueName(name: string, limits: UniqueNameOptions = {}): string {
  assertName(name);
  const parts = splitName(name);
  const root = cutRoot(parts, 1 + randomLength + checkLength, limits);
  const random = spelled(takeRandom(randomLength));
  return `${parts.directory}${root}_${random}${checkOf(random)}${parts.extension}`;
}

/**
 * Whether {@link uniqueName} chose a name, so that the bytes under it never change and caches may keep them
 * for ever; the variants of such a name count like it. One name in a thousand that merely looks alike passes the check: only for names of fields that
 * have unique names, not for what a stranger may choose.
 */
export function hasUniqueToken(name: string): boolean {
  const { root } = splitName(name.replace(variantEnd, ''));
  const [, random, check] = tokenPattern.exec(root) ?? [];
  return random !== undefined && check === checkOf(random);
}

// Crockford's Base32: 32 characters take five bits of each byte without a bias.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** `.v/<variant>-<digest>.<extension>`, which only the library writes. */
const variantEnd = /\.v\/[\w-]+-[\da-f]{20}\.\w+$/;
const randomLength = 20;
const checkLength = 2;
const tokenPattern = new RegExp(
  `._([${alphabet}]{${randomLength}})([${alphabet}]{${checkLength}})$`,
  's',
);

let entropy = Buffer.alloc(0);

/** Random bytes, each used once; asked of the system for many names at a time, which is what takes long. */
function takeRandom(length: number): Uint8Array {
  if (entropy.byteLength < length) entropy = randomBytes(length * 128);
  const taken = entropy.subarray(0, length);
  entropy = entropy.subarray(length);
  return taken;
}

function checkOf(random: string): string {
  return spelled(hash('sha256', random, 'buffer').subarray(0, checkLength));
}

function spelled(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += alphabet[byte & 31];
  return text;
}
