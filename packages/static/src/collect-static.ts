import type { FileStorage, SaveOptions } from '@filefield/core';
import { allOf } from './all-of.ts';
import { CollectLog } from './collect-log.ts';
import type { CollectOptions, CollectResult } from './collect-options.ts';
import { collectPlan, type CollectPlan, type CollectTask } from './collect-plan.ts';
import { assertOutside, collectSettings, type CollectSettings } from './collect-settings.ts';
import { compressedBytes } from './compressed-bytes.ts';
import { holdsSame } from './holds-same.ts';
import { linkFile } from './link-file.ts';
import { formatManifest, manifestName, readManifest, type StaticManifest } from './manifest.ts';
import { nameProblem } from './name-problem.ts';
import { processedFiles, type ProcessedFiles } from './processed-files.ts';
import { sourceBytes, type StaticBytes } from './source-bytes.ts';
import { sourceFiles, type SourceFiles } from './source-files.ts';
import { archiveName, objectsOf, otherObjects, staleObjects } from './stale-objects.ts';
import { StaticFilesError, type StaticProblem } from './static-files-error.ts';

/**
 * Collects the files of all sources into a storage, each under its plain name and under one that holds a hash of its bytes,
 * and writes the manifest that leads from the one to the other. What is there already is not written again; what a file
 * refers to is there before it, and the manifest comes last: until then, and wherever the run ends, the names of the last
 * manifest lead to what they led to.
 *
 * @throws {@link StaticFilesError} with everything that is wrong with the files, before anything is stored.
 * @throws {@link StorageOptionsError} when an option cannot be right.
 */
export async function collectStatic(options: CollectOptions): Promise<CollectResult> {
  const settings = collectSettings(options);
  const { storage } = settings;
  const found = await sourceFiles(
    settings,
    storage.capabilities.caseSensitive ? undefined : foldedName,
  );
  assertOutside(storage, found.roots);
  return new Collecting(settings, found, await processed(settings, found)).run();
}

class Collecting {
  readonly #settings: CollectSettings;
  readonly #found: SourceFiles;
  readonly #processed: ProcessedFiles;
  readonly #problems: readonly StaticProblem[];
  readonly #log: CollectLog;

  constructor(settings: CollectSettings, found: SourceFiles, files: ProcessedFiles) {
    this.#settings = settings;
    this.#found = found;
    this.#processed = files;
    const names = namesInTheWay(settings, files);
    this.#problems = collectable(settings, [...found.problems, ...files.problems, ...names]);
    this.#log = new CollectLog(settings.onProgress);
  }

  async run(): Promise<CollectResult> {
    const { encodings, postProcess, verify, clear, dryRun } = this.#settings;
    const previous = postProcess ? await this.#previous() : undefined;
    const isTrusted = previous !== undefined && !verify && !clear;
    const files = this.#processed.files.values();
    const plan = collectPlan(files, { previous, isTrusted, encodings });
    const wanted = plan.tasks.filter(({ form }) => postProcess || form === 'plain');
    const tasks = isTrusted ? wanted : await this.#absent(wanted);
    await this.#store(tasks);
    if (postProcess) await this.#settle(plan, previous);
    await this.#remove(plan, previous);
    const stored = new Set(tasks.map(({ name }) => name));
    return {
      ...this.#log.names,
      unchanged: [...this.#found.files.keys()].filter((name) => !stored.has(name)),
      conflicts: this.#found.conflicts,
      problems: this.#problems,
      manifest: postProcess ? plan.manifest : undefined,
      dryRun,
    };
  }

  async #previous(): Promise<StaticManifest | undefined> {
    const { manifestStorage, verify, clear } = this.#settings;
    try {
      return await readManifest(manifestStorage);
    } catch (error) {
      // A broken one must not be believed, but may be replaced.
      if (error instanceof StaticFilesError && (verify || clear)) return undefined;
      throw error;
    }
  }

  /** The tasks whose object is not there, or is another one. */
  async #absent(tasks: readonly CollectTask[]): Promise<CollectTask[]> {
    const { storage } = this.#settings;
    const there = new Set<string>();
    for await (const { name } of storage.walk()) there.add(name);
    const done = new Set<CollectTask>();
    const known = tasks.filter(({ name }) => there.has(name));
    await allOf(known, this.#settings, async (task) => {
      const bytes = await this.#bytesOf(task);
      if (bytes === undefined || (await holdsSame(storage, task.name, bytes))) done.add(task);
    });
    return tasks.filter((task) => !done.has(task));
  }

  /** Hashed names first, which nobody knows yet; of each kind what others refer to before them. */
  async #store(tasks: readonly CollectTask[]): Promise<void> {
    this.#log.expect(tasks.length);
    const isPlain = ({ form }: CollectTask): boolean => form === 'plain';
    for (const some of [tasks.filter((task) => !isPlain(task)), tasks.filter(isPlain)]) {
      const levels = Map.groupBy(some, ({ file }) => file.level);
      for (const [, level] of [...levels].toSorted(([a], [b]) => a - b)) {
        await allOf(level, this.#settings, async (task, stop) => this.#storeOne(task, stop));
      }
    }
  }

  async #storeOne(task: CollectTask, signal: AbortSignal): Promise<void> {
    const { storage, dryRun, link } = this.#settings;
    const { file, name, form } = task;
    if (form === 'plain' && link) {
      if (!dryRun) await linkFile(storage, name, file.path);
      this.#log.add('linked', name);
      return;
    }
    const bytes = await this.#bytesOf(task);
    if (bytes === undefined) {
      this.#log.expect(-1);
      return;
    }
    if (!dryRun) await storage.save(name, bytes, { ...overwriting, signal });
    this.#log.add(actions[form], name);
  }

  /** `undefined` of a compressed form that is not worth its place. */
  async #bytesOf({ file, form }: CollectTask): Promise<StaticBytes | undefined> {
    const isRewritten = form !== 'plain' && file.isRewritten;
    const bytes = isRewritten
      ? await this.#processed.rewritten(file)
      : await sourceBytes(file, this.#settings.algorithm);
    if (form === 'plain' || form === 'hashed') return bytes;
    return compressedBytes(typeof bytes === 'function' ? await whole(bytes()) : bytes, form);
  }

  /** The last manifest is kept for `prune` and for a way back, then the new one takes its place. */
  async #settle(plan: CollectPlan, previous: StaticManifest | undefined): Promise<void> {
    const { manifestStorage: storage, signal, dryRun, clear } = this.#settings;
    if (!plan.isNew || dryRun) return;
    const options = { ...overwriting, signal };
    if (previous !== undefined && plan.replaced !== undefined && !clear) {
      const text = formatManifest(previous.paths, previous.notes);
      await storage.save(archiveName(plan.replaced), text, options);
    }
    const { paths, notes } = plan.manifest;
    await storage.save(manifestName, formatManifest(paths, notes), options);
  }

  async #remove(plan: CollectPlan, previous: StaticManifest | undefined): Promise<void> {
    const { storage, manifestStorage, postProcess, clear, kept } = this.#settings;
    const { manifest } = plan;
    if (clear) {
      const plain = this.#found.files.keys();
      const names = new Set(postProcess ? [manifestName, ...objectsOf(manifest)] : plain);
      await this.#delete(storage, await otherObjects(storage, names));
    } else if (kept !== undefined) {
      const replaced = plan.replaced === undefined ? undefined : previous;
      const where = { storage, manifestStorage, manifest, replaced, kept };
      const { objects, archives } = await staleObjects(where);
      await this.#delete(storage, objects);
      await this.#delete(manifestStorage, archives);
    }
  }

  async #delete(storage: FileStorage, names: readonly string[]): Promise<void> {
    const { signal, dryRun } = this.#settings;
    this.#log.expect(names.length);
    for (let start = 0; start < names.length; start += deletedAtOnce) {
      signal?.throwIfAborted();
      const some = names.slice(start, start + deletedAtOnce);
      if (!dryRun) await storage.deleteMany(some);
      for (const name of some) this.#log.add('deleted', name);
    }
  }
}

const overwriting = { ifExists: 'overwrite' } as const satisfies SaveOptions;

const actions = {
  plain: 'copied',
  hashed: 'processed',
  gzip: 'compressed',
  brotli: 'compressed',
} as const;

/** What S3 takes in one request. */
const deletedAtOnce = 1000;

/** Problems of references, which do not matter where nothing refers to hashed names. */
const ofReferences: ReadonlySet<string> = new Set(['missing', 'loop', 'encoding', 'syntax']);

async function processed(
  settings: CollectSettings,
  { files: sources }: SourceFiles,
): Promise<ProcessedFiles> {
  const files = await processedFiles(sources, settings);
  if (settings.postProcess) return files;
  return { ...files, problems: files.problems.filter(({ reason }) => !ofReferences.has(reason)) };
}

/** @throws {@link StaticFilesError} with the problems that end the run; the others are told. */
function collectable(
  { strict }: CollectSettings,
  problems: readonly StaticProblem[],
): readonly StaticProblem[] {
  const ends = ({ reason }: StaticProblem): boolean =>
    reason === 'name' || (strict && reason !== 'link');
  const grave = problems.filter(ends);
  if (grave.length > 0) throw new StaticFilesError('collect static files', grave);
  return problems;
}

function namesInTheWay(
  { storage, manifestStorage, postProcess }: CollectSettings,
  { files }: ProcessedFiles,
): StaticProblem[] {
  if (!postProcess) return [];
  return [...files.values()].flatMap((file) => {
    const { name, path, hashed } = file;
    const tooLong = nameProblem(file, hashed);
    if (tooLong !== undefined) return [tooLong];
    if (name !== manifestName || storage !== manifestStorage) return [];
    const message = `${JSON.stringify(name)} is the name of the manifest`;
    return [{ reason: 'name', name, path, message } satisfies StaticProblem];
  });
}

function foldedName(name: string): string {
  return name.toLowerCase();
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}
