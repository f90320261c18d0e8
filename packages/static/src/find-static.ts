import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignores, type IgnoreOptions } from './ignore-patterns.ts';
import type { SourceFile } from './source-files.ts';
import { isAbsence, isInside, sourceDirectories, type SourceOptions } from './static-source.ts';

/**
 * Finds a static file in the sources without collecting: every place that has it, the one that counts first. What
 * {@link collectStatic} would leave out is not found.
 *
 * @returns Nothing when no source has it, whatever the name is.
 * @throws {@link StorageOptionsError} when a source cannot be one.
 */
export async function findStatic(
  name: string,
  options: SourceOptions & IgnoreOptions,
): Promise<SourceFile[]> {
  const { directories } = await sourceDirectories(options);
  const isIgnored = ignores(options);
  const found: SourceFile[] = [];
  for (const { prefix, root } of directories) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (!isPlainPath(rest) || isIgnored(rest)) continue;
    const path = join(root, rest);
    if (await isFileInside(path, root)) found.push({ name, path });
  }
  return found;
}

/** Whether every part is the name of an entry: no way up, no absolute path, no end in a slash. */
function isPlainPath(path: string): boolean {
  return path.split('/').every((part) => !/^\.{0,2}$|[\\\0:]/.test(part));
}

async function isFileInside(path: string, root: string): Promise<boolean> {
  try {
    const real = await realpath(path);
    return isInside(real, root) && (await stat(real)).isFile();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}
