import { InvalidNameError } from './errors.ts';
import { hiddenProblem, shownName } from './hidden-form.ts';
import { byteLength } from './cut-text.ts';
import { unseenCharacter } from './unseen-characters.ts';

/** Bytes of UTF-8 that one component of a name may take: the limit of common file systems. */
export const componentBytes = 255;

/** Bytes of UTF-8 that a whole name may take: the limit of S3. */
export const nameBytes = 1024;

/** Options of {@link assertName}. */
export interface NameOptions {
  /**
   * `allow` lets the library itself use `.filefield/`, `incoming/` and `*.v/`. Default `refuse`.
   */
  readonly reserved?: 'refuse' | 'allow' | undefined;
}

/**
 * Checks the name of an object inside a storage: relative, `/`-separated, NFC, at most 255 bytes per
 * component and 1,024 in all, without a way out of the storage in any spelling, and storable on every
 * system: no backslash, colon, control or invisible character, no component that ends in a dot or a
 * space, no name of a Windows device.
 *
 * A colon is refused because NTFS takes `a.txt:b` for a stream of `a.txt`, which is another object's.
 * `<>"|?*` are allowed: Windows refuses them aloud.
 *
 * @throws {@link InvalidNameError} when the name breaks one of these rules; it never holds an absolute path.
 */
export function assertName(name: string, options: NameOptions = {}): void {
  assertText(name);
  const problem = nameProblem(name, options);
  if (problem !== undefined) throw new InvalidNameError(shownName(name), problem);
}

/** A request's body or query may hold anything in place of a text, and only the compiler would say so. */
export function assertText(name: unknown): asserts name is string {
  if (typeof name === 'string') return;
  const kind = name === null ? 'null' : Array.isArray(name) ? 'array' : typeof name;
  throw new InvalidNameError(kind, 'it is no string');
}

/** The rule that a name breaks, as the end of a message, or `undefined` when the name is good. */
export function nameProblem(name: string, options: NameOptions = {}): string | undefined {
  // Nearly every name is plain, and each is checked several times on its way.
  const isPlain = plainName.test(name);
  if (isPlain && name.length <= componentBytes && !maybeSpecial.test(name)) return undefined;
  return (
    lengthProblem(name) ??
    (isPlain ? undefined : characterProblem(name)) ??
    firstProblem(name.split('/'), componentProblem) ??
    (isPlain ? undefined : hiddenProblem(name)) ??
    (options.reserved === 'allow' ? undefined : reservedProblem(name))
  );
}

/** Whether Windows takes a component for a device, whatever its extension: `CON`, `nul.txt`, `com1 .tar.gz`. */
export function isDeviceName(component: string): boolean {
  return /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i.test(
    component,
  );
}

/** ASCII words between single dots and slashes: nothing in it is unseen, encoded or hidden. */
const plainName = /^[\w-]+(?:[./][\w-]+)*$/;

/** What a plain name holds that is a device or reserved; other names may hold it too. */
const maybeSpecial = /(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d|incoming)(?:[./]|$)|\.v\//i;

function lengthProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  const bytes = byteLength(name);
  if (bytes > nameBytes) return `it has ${bytes} bytes, at most ${nameBytes} fit`;
  return undefined;
}

function characterProblem(name: string): string | undefined {
  const unseen = unseenCharacter(name);
  if (unseen !== undefined) return `it holds the control or invisible character ${unseen}`;
  if (/^(?:[/\\]|[a-z]:)/i.test(name)) {
    return 'it is an absolute path, names are relative to their storage';
  }
  if (name.includes('\\')) return 'it holds a backslash, directories are separated by "/"';
  if (name.includes(':')) return 'it holds a colon, which not every file system can store';
  if (name !== name.normalize('NFC')) return 'it is not in Unicode normal form NFC';
  return undefined;
}

function componentProblem(component: string): string | undefined {
  if (component === '') return 'it has an empty component';
  if (component === '.' || component === '..') return `it has the component "${component}"`;
  if (/[. ]$/.test(component)) return 'a component ends in a dot or a space';
  if (isDeviceName(component)) return `"${component}" is the name of a device on Windows`;
  const bytes = byteLength(component);
  if (bytes > componentBytes)
    return `a component has ${bytes} bytes, at most ${componentBytes} fit`;
  return undefined;
}

function reservedProblem(name: string): string | undefined {
  // Folded, because case-insensitive file systems find `.filefield` under `.FileField` as well.
  const components = name.normalize('NFKC').toLowerCase().split('/');
  const [first] = components;
  if (first === '.filefield' || first === 'incoming') return `"${first}/" is reserved`;
  if (components.slice(0, -1).some((directory) => directory.endsWith('.v'))) {
    return 'directories that end in ".v" are reserved for variants';
  }
  return undefined;
}

function firstProblem(
  components: readonly string[],
  problemOf: (component: string) => string | undefined,
): string | undefined {
  for (const component of components) {
    const problem = problemOf(component);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
