import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareNames } from '@filefield/core/binding';
import { ignores, type IgnoreOptions, type Ignores } from './ignore-patterns.ts';
import { nameProblem } from './name-problem.ts';
import {
  isAbsence,
  isInside,
  sourceDirectories,
  type SourceDirectory,
  type SourceOptions,
} from './static-source.ts';
import type { StaticProblem } from './static-files-error.ts';

/** A file in a source. */
export interface SourceFile {
  /** Its name among the static files: the path in the source, after the source's prefix. */
  readonly name: string;
  /** Where it lies on this machine. */
  readonly path: string;
}

/** A file that is left out because a source before has one of its name. */
export interface StaticConflict {
  readonly name: string;
  /** The file that is taken. */
  readonly path: string;
  /** The file that is left out. */
  readonly ignored: string;
}

/** What the sources hold. */
export interface SourceFiles {
  /** By name, in UTF-8 byte order. */
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly conflicts: readonly StaticConflict[];
  readonly problems: readonly StaticProblem[];
  /** The real paths of the sources. */
  readonly roots: readonly string[];
}

/**
 * Lists the static files of all sources; of a name the first found.
 *
 * @param keyOf Names of one key are one name to the storage. Default: the name itself.
 * @throws {@link StorageOptionsError} when a source cannot be one.
 */
export async function sourceFiles(
  options: SourceOptions & IgnoreOptions,
  keyOf: (name: string) => string = (name) => name,
): Promise<SourceFiles> {
  const { directories, problems } = await sourceDirectories(options);
  const found = new Map<string, SourceFile>();
  const conflicts: StaticConflict[] = [];
  for (const directory of directories) {
    const walk = new SourceWalk(directory, ignores(options), problems);
    for await (const file of walk.files()) {
      const first = found.get(keyOf(file.name));
      if (first === undefined) found.set(keyOf(file.name), file);
      else conflicts.push({ name: first.name, path: first.path, ignored: file.path });
    }
  }
  const sorted = [...found.values()].toSorted((a, b) => compareNames(a.name, b.name));
  const files = new Map(sorted.map((file) => [file.name, file]));
  return { files, conflicts, problems, roots: directories.map(({ root }) => root) };
}

class SourceWalk {
  readonly #source: SourceDirectory;
  readonly #ignores: Ignores;
  readonly #problems: StaticProblem[];

  constructor(source: SourceDirectory, ignored: Ignores, problems: StaticProblem[]) {
    this.#source = source;
    this.#ignores = ignored;
    this.#problems = problems;
  }

  files(): AsyncGenerator<SourceFile> {
    return this.#below('', [this.#source.root]);
  }

  /** @param above The real paths of the directory and of those above it. */
  async *#below(directory: string, above: readonly string[]): AsyncGenerator<SourceFile> {
    const entries = await readdir(join(this.#source.root, directory), { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => compareNames(a.name, b.name))) {
      const relative = directory === '' ? entry.name : `${directory}/${entry.name}`;
      const path = join(this.#source.root, relative);
      const found = entry.isSymbolicLink() ? await this.#linked(relative, path, above) : entry;
      if (found?.isDirectory() === true && !this.#ignores(entry.name)) {
        yield* this.#below(relative, [...above, await realpath(path)]);
      } else if (found?.isFile() === true && !this.#ignores(relative)) {
        const name = `${this.#source.prefix}${relative}`.normalize('NFC');
        const problem = nameProblem({ name, path });
        if (problem === undefined) yield { name, path };
        else this.#problems.push(problem);
      }
    }
  }

  /** What a link leads to, unless it leads out of the source or round in circles. */
  async #linked(
    relative: string,
    path: string,
    above: readonly string[],
  ): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
    if (this.#ignores(relative)) return undefined;
    const target = await realpath(path).catch((error: unknown) => {
      if (isAbsence(error)) return undefined;
      throw error;
    });
    if (target !== undefined && isInside(target, this.#source.root) && !above.includes(target)) {
      return stat(target);
    }
    const name = this.#source.prefix + relative;
    const where =
      target === undefined ? 'nowhere' : above.includes(target) ? 'upwards' : 'out of its source';
    const message = `${JSON.stringify(name)} is a link that leads ${where}, it is left out`;
    this.#problems.push({ reason: 'link', name, path, message });
    return undefined;
  }
}
