import { randomInt } from 'node:crypto';

import { cutRoot, isShortEnough, splitName, type NameLimits } from './cut-root.ts';
import { FileExistsError } from './errors.ts';
import { assertName, type NameOptions } from './file-name.ts';

/** Options of {@link availableName}. */
export interface AvailableNameOptions extends NameOptions, NameLimits {
  /** The longest name in characters (code points). Default: no limit but 255 bytes per component and 1,024 in all. */
  readonly maxLength?: number | undefined;
  /** Whether no object has this name; what it throws is passed on. */
  readonly isFree: (name: string) => Promise<boolean>;
}

/**
 * Finds a name that is free: the name itself where it is free and short enough, else the name with `_` and
 * seven random characters before its extension(s), the root cut so that it fits. The rules of Django's
 * `get_available_name`, except that `.tar.gz` is never cut and `Mr. Smith.pdf` has one extension.
 *
 * @throws {@link InvalidNameError} when the name is not allowed, or when nothing of its root would be left.
 * @throws {@link FileExistsError} when 100 names in a row are taken, which chance does not bring about.
 */
export async function availableName(
  name: string,
  { isFree, reserved, ...limits }: AvailableNameOptions,
): Promise<string> {
  assertName(name, { reserved });
  if (isShortEnough(name, limits) && (await isFree(name))) return name;

  const parts = splitName(name);
  const root = cutRoot(parts, suffixLength, limits);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const candidate = parts.directory + alternativeName(root, parts.extension);
    if (await isFree(candidate)) return candidate;
  }
  throw new FileExistsError('save', { name });
}

/** A filename that is most likely free: `_` and seven random characters of `[a-zA-Z0-9]` before the extension. */
export function alternativeName(root: string, extension: string): string {
  const suffix = Array.from(
    { length: suffixLength - 1 },
    () => alphabet[randomInt(alphabet.length)],
  );
  return `${root}_${suffix.join('')}${extension}`;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const suffixLength = 8;
