import { compareNames } from './byte-order.ts';
import type { FileStat, Listing } from './file-storage.ts';
import type { Level } from './object-primitives.ts';
import { isListed } from './storage-names.ts';

/** One level in UTF-8 byte order, without what nobody may see or use. */
export function sortedLevel(directory: string, level: Level): Listing {
  return {
    directories: level.directories
      .filter((child) => isListed(joined(directory, child)))
      .toSorted(compareNames),
    files: level.files
      .filter((file) => isListed(file.name))
      .toSorted((a, b) => compareNames(a.name, b.name)),
  };
}

/**
 * Every object below a directory in UTF-8 byte order of full names. A directory takes the place of its name with a
 * slash: `a.txt` comes before `a/b`, which comes before `a0`.
 */
export async function* walkLevels(
  directory: string,
  listLevel: (directory: string) => Promise<Level>,
): AsyncGenerator<FileStat> {
  const { directories, files } = sortedLevel(directory, await listLevel(directory));
  const entries = [
    ...files.map((file) => ({ key: file.name, file })),
    ...directories.map((child) => ({ key: `${joined(directory, child)}/`, file: undefined })),
  ].toSorted((a, b) => compareNames(a.key, b.key));
  for (const { key, file } of entries) {
    if (file === undefined) yield* walkLevels(key.slice(0, -1), listLevel);
    else yield file;
  }
}

function joined(directory: string, child: string): string {
  return directory === '' ? child : `${directory}/${child}`;
}
