import { InvalidNameError } from './errors.ts';
import { assertName, assertText, nameProblem } from './file-name.ts';
import type { ReadOptions } from './file-storage.ts';
import { isLibrary } from './library-options.ts';
import type { ByteRange } from './object-primitives.ts';

/** The directory at the top of a location that only the library uses. */
export const libraryDirectory = '.filefield';

/** Names that may be written: without {@link isLibrary | the library's mark} the reserved ones are refused. */
export function assertWritable(name: string, options: object = {}): void {
  assertName(name, { reserved: isLibrary(options) ? 'allow' : 'refuse' });
}

/**
 * Names that may be read and deleted: uploads in `incoming/` and variants in `*.v/` like everything else, but nothing
 * below `.filefield/`.
 */
export function assertReadable(name: string, options: object = {}): void {
  assertName(name, { reserved: 'allow' });
  if (isLibraryName(name) && !isLibrary(options)) {
    throw new InvalidNameError(name, `"${libraryDirectory}/" is the library's own`);
  }
}

/** Names that `reclaim` takes: those that may be deleted, and those of unfinished writes. */
export function assertReclaimable(name: string): void {
  assertText(name);
  if (!isUnfinishedName(name)) assertReadable(name);
}

/** The name of an unfinished write whose own name is not known: below the directory of temporary files. */
export function isUnfinishedName(name: string): boolean {
  return /^\.filefield\/tmp\/[0-9a-f]{32}$/.test(name);
}

/** Checks a directory, with or without a slash at its end; answers it without. `''` is the top. */
export function assertListable(prefix: string): string {
  assertText(prefix);
  if (prefix === '') return '';
  const directory = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  assertReadable(directory);
  return directory;
}

/** Whether `list` and `walk` show an object: nobody could use it under a name that is not allowed. */
export function isListed(name: string): boolean {
  return !isLibraryName(name) && nameProblem(name, { reserved: 'allow' }) === undefined;
}

/** @throws RangeError when a bound is no whole number, or negative. */
export function checkedRange(name: string, options: ReadOptions): ByteRange {
  const { start = 0, end = Infinity, signal } = options;
  const isWhole = Number.isSafeInteger(start) && (Number.isSafeInteger(end) || end === Infinity);
  if (!isWhole || start < 0 || end < 0) {
    throw new RangeError(
      `Cannot open ${JSON.stringify(name)}: the range ${start} to ${end} is not made of whole numbers from 0`,
    );
  }
  return { start, end, signal };
}

/** Whether an object is the library's own, below `.filefield/`. */
export function isLibraryName(name: string): boolean {
  return name === libraryDirectory || name.startsWith(`${libraryDirectory}/`);
}
