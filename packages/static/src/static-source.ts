import { realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';
import { assertName, StorageOptionsError } from '@filefield/core';
import type { StaticProblem } from './static-files-error.ts';

/**
 * A directory that holds static files: a path, `package:NAME/dir` for a directory of an installed package, or either one
 * with a prefix that its names get (`{ prefix: 'vendor', dir: 'package:bootstrap/dist' }`).
 */
export type StaticSource = string | { readonly prefix: string; readonly dir: string };

/** Where static files come from. */
export interface SourceOptions {
  /** The directories, the first found of a name wins. */
  readonly sources: readonly StaticSource[];
  /** The directory that relative paths and the search for packages start from. Default: the working directory. */
  readonly from?: string | undefined;
}

/** A directory that is there. */
export interface SourceDirectory {
  /** As it was given. */
  readonly given: string;
  /** `''`, or the directory that its names begin with, with a slash at the end. */
  readonly prefix: string;
  /** The real path. */
  readonly root: string;
}

/**
 * Looks the directories up; one that is not there is a problem.
 *
 * @throws {@link StorageOptionsError} when a source cannot be one: an empty path, a prefix that is no name, a package's
 * directory outside the package.
 */
export async function sourceDirectories({
  sources,
  from = process.cwd(),
}: SourceOptions): Promise<{ directories: SourceDirectory[]; problems: StaticProblem[] }> {
  const directories: SourceDirectory[] = [];
  const problems: StaticProblem[] = [];
  for (const source of sources) {
    const { prefix, dir } = typeof source === 'string' ? { prefix: '', dir: source } : source;
    assertPrefix(prefix);
    const root = await directoryOf(dir, resolve(from));
    if (root === undefined) problems.push(absent(dir));
    else directories.push({ given: dir, prefix: prefix === '' ? '' : `${prefix}/`, root });
  }
  return { directories, problems };
}

/** Whether a real path is a directory, or lies below it. */
export function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return (
    way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(directory, way) === path)
  );
}

async function directoryOf(dir: string, from: string): Promise<string | undefined> {
  if (dir === '') throw new StorageOptionsError('Cannot use "" as a source: a directory is wanted');
  if (!dir.startsWith('package:')) return existing(resolve(from, dir));
  const [, name, below = ''] = /^package:((?:@[^/]+\/)?[^/@.][^/]*)(?:\/(.*))?$/.exec(dir) ?? [];
  if (name === undefined || below.split('/').includes('..')) {
    throw new StorageOptionsError(
      `Cannot use ${JSON.stringify(dir)} as a source: package:NAME/directory is wanted`,
    );
  }
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  for (const place of places) {
    const root = await existing(join(place, name));
    if (root !== undefined) return existing(join(root, below));
  }
  return undefined;
}

async function existing(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Whether a file system's error says that nothing is there. */
export function isAbsence(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG';
}

function absent(dir: string): StaticProblem {
  const message = `the source ${JSON.stringify(dir)} is not there`;
  return { reason: 'source', name: dir, message };
}

function assertPrefix(prefix: string): void {
  if (prefix === '') return;
  try {
    assertName(prefix);
  } catch (cause) {
    throw new StorageOptionsError(
      `Cannot use ${JSON.stringify(prefix)} as the prefix of a source: a name such as "vendor" is wanted`,
      { cause },
    );
  }
}
