import { createHash } from 'node:crypto';

/** The hash that names are made of: Django's MD5, or SHA-256 where MD5 is not allowed. */
export type HashAlgorithm = 'md5' | 'sha256';

/** Hexadecimal digits of a hash that a name holds, as Django has them. */
const digits = 12;

/**
 * The name that a static file has for as long as its bytes stay the same: the hash before the last extension, the
 * directory as it is (`css/app.css` → `css/app.0123456789ab.css`), as Django names it.
 */
export function hashedName(name: string, hash: string): string {
  const { directory, root, extension } = nameParts(name);
  return `${directory}${root}.${hash}${extension}`;
}

/** The name without its hash, or `undefined` when it holds none: `css/app.0123456789ab.css` → `css/app.css`. */
export function unhashedName(name: string): string | undefined {
  const { directory, root, extension } = nameParts(name);
  const inside = /^(.+)\.[0-9a-f]{12}$/.exec(root);
  if (inside !== null) return `${directory}${inside[1]}${extension}`;
  // A file without an extension has the hash as its extension: `LICENSE.0123456789ab`.
  return /^\.[0-9a-f]{12}$/.test(extension) ? `${directory}${root}` : undefined;
}

/** The first 12 hexadecimal digits of the hash of some bytes. */
export function contentHash(bytes: Uint8Array | string, algorithm: HashAlgorithm = 'md5'): string {
  return createHash(algorithm).update(bytes).digest('hex').slice(0, digits);
}

/** {@link contentHash} of bytes that come one after the other. */
export async function streamedHash(
  bytes: AsyncIterable<Uint8Array>,
  algorithm: HashAlgorithm = 'md5',
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex').slice(0, digits);
}

function nameParts(name: string): { directory: string; root: string; extension: string } {
  const start = name.lastIndexOf('/') + 1;
  const directory = name.slice(0, start);
  const base = name.slice(start);
  // Dots at the start make a hidden file, no extension (Python's os.path.splitext).
  const [, root = '', extension = ''] = /^(\.*[^.].*?|\.*)(\.[^.]*)?$/s.exec(base) ?? [];
  return { directory, root, extension };
}
