import { compareNames } from '@filefield/core/binding';
import { compressedName, isCompressible, type Encoding } from './compressed-bytes.ts';
import { hashedName } from './hashed-name.ts';
import {
  formatManifest,
  manifestHash,
  noNotes,
  type ManifestNotes,
  type StaticManifest,
} from './manifest.ts';
import type { ProcessedFile } from './processed-files.ts';

/** An object to store. */
export interface CollectTask {
  readonly file: ProcessedFile;
  /** The name of the object. */
  readonly name: string;
  /** What the object is: the file under its plain name, under its hashed one, or a compressed form of that. */
  readonly form: 'plain' | 'hashed' | Encoding;
}

/** What is known of the storage. */
export interface PlanOptions {
  /** The last manifest. */
  readonly previous: StaticManifest | undefined;
  /** Whether what it names is believed to be there. */
  readonly isTrusted: boolean;
  /** The compressed forms that are wanted. */
  readonly encodings: readonly Encoding[];
}

/** What a run has to do, as far as the last manifest tells. */
export interface CollectPlan {
  readonly tasks: readonly CollectTask[];
  readonly manifest: StaticManifest;
  /** Whether the manifest is another than the last one. */
  readonly isNew: boolean;
  /** The hash of the last manifest, where it names other objects. */
  readonly replaced: string | undefined;
}

/** Manifests that are remembered for `prune`. */
const longestHistory = 100;

/** Compares the files with the last manifest. */
export function collectPlan(
  files: Iterable<ProcessedFile>,
  { previous, isTrusted, encodings }: PlanOptions,
): CollectPlan {
  const trusted = isTrusted ? previous : undefined;
  const paths = new Map<string, string>();
  const originals = new Map<string, string>();
  const tasks: CollectTask[] = [];
  const stored = new Set(trusted?.paths.values());
  const before = previous?.notes ?? noNotes;
  let hasNew = false;
  for (const file of [...files].toSorted((a, b) => compareNames(a.name, b.name))) {
    paths.set(file.name, file.hashed);
    if (file.hashed !== hashedName(file.name, file.original))
      originals.set(file.name, file.original);
    const isStored = stored.has(file.hashed);
    hasNew ||= !isStored;
    if (!isStored) tasks.push({ file, name: file.hashed, form: 'hashed' });
    for (const form of encodings) {
      const isTried = isStored && before.encodings.includes(form);
      if (!isTried && isCompressible(file.name)) tasks.push(compressedTask(file, form));
    }
    if (!isSameOriginal(file, trusted)) tasks.push({ file, name: file.name, form: 'plain' });
  }
  const hash = manifestHash(paths);
  const last = previous && manifestHash(previous.paths);
  const replaced = last === hash ? undefined : last;
  const tried = hasNew ? encodings : [...new Set([...encodings, ...before.encodings])];
  const notes: ManifestNotes = {
    originals,
    encodings: tried.toSorted((a, b) => (a < b ? -1 : 1)),
    previous: history(before.previous, hash, replaced),
  };
  const isNew =
    previous === undefined ||
    formatManifest(previous.paths, before) !== formatManifest(paths, notes);
  return { tasks, manifest: { paths, hash, notes }, isNew, replaced };
}

function compressedTask(file: ProcessedFile, form: Encoding): CollectTask {
  return { file, name: compressedName(file.hashed, form), form };
}

/** Whether the plain name has these very bytes, as the last manifest tells. */
function isSameOriginal(file: ProcessedFile, previous: StaticManifest | undefined): boolean {
  if (previous === undefined) return false;
  const noted = previous.notes.originals.get(file.name);
  if (noted !== undefined) return noted === file.original;
  return previous.paths.get(file.name) === hashedName(file.name, file.original);
}

function history(
  before: readonly string[],
  hash: string,
  replaced: string | undefined,
): readonly string[] {
  const all = replaced === undefined ? before : [replaced, ...before];
  return [...new Set(all)].filter((one) => one !== hash).slice(0, longestHistory);
}
