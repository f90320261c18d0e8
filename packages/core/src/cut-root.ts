import { byteLength, characterLength, cutText } from './cut-text.ts';
import { InvalidNameError } from './errors.ts';
import { componentBytes, nameBytes } from './file-name.ts';
import { splitExtension } from './split-extension.ts';

/** A name taken apart; the three together are the name. */
export interface NameParts {
  /** `''`, or everything up to and including the last `/`. */
  readonly directory: string;
  readonly root: string;
  /** `''`, or one or two extensions with their dots. */
  readonly extension: string;
}

/** Takes a name apart where a suffix goes in: before the extension. */
export function splitName(name: string): NameParts {
  const start = name.lastIndexOf('/') + 1;
  const [root, extension] = splitExtension(name.slice(start));
  return { directory: name.slice(0, start), root, extension };
}

/** How long a name may be. */
export interface NameLimits {
  /** Code points. Default: no limit. */
  readonly maxLength?: number | undefined;
  /** Bytes to spare for names below this one: for the directory `<name>.v/`, and for a file in it. Default 0. */
  readonly spare?: number | undefined;
}

/** What names of variants add to the last component of their original's. */
const variantSuffix = '.v';

/** Whether a name is within its limits. */
export function isShortEnough(
  name: string,
  { maxLength = Infinity, spare = 0 }: NameLimits,
): boolean {
  if (characterLength(name) > maxLength) return false;
  if (spare === 0) return true;
  const last = name.slice(name.lastIndexOf('/') + 1) + variantSuffix;
  return byteLength(last) <= componentBytes && byteLength(name) + spare <= nameBytes;
}

/**
 * As much of the root as leaves room for a suffix of `suffixLength` ASCII characters: 255 bytes for the
 * last component, 1,024 for the name, less what is to be spared, `maxLength` code points for the name. The extension stays whole.
 *
 * @throws {@link InvalidNameError} when nothing of the root is left.
 */
export function cutRoot(
  { directory, root, extension }: NameParts,
  suffixLength: number,
  { maxLength = Infinity, spare = 0 }: NameLimits = {},
): string {
  const end = suffixLength + byteLength(extension);
  const below = spare === 0 ? 0 : variantSuffix.length;
  const cut = cutText(root, {
    bytes: Math.min(componentBytes - below - end, nameBytes - spare - end - byteLength(directory)),
    characters: maxLength - characterLength(directory + extension) - suffixLength,
  });
  if (cut === '') {
    throw new InvalidNameError(
      directory + root + extension,
      maxLength === Infinity
        ? 'its directory or extension is so long that no free name fits'
        : `no free name fits into ${maxLength} characters, allow a larger maxLength`,
    );
  }
  return cut;
}
