import type { FileStorage } from '@filefield/core';
import { allEncodings, compressedName, uncompressedName } from './compressed-bytes.ts';
import { hashedName, unhashedName } from './hashed-name.ts';
import { manifestName, readManifest, type StaticManifest } from './manifest.ts';

/** Where to look for what is stale. */
export interface StaleOptions {
  readonly storage: FileStorage;
  readonly manifestStorage: FileStorage;
  /** The manifest that holds now. */
  readonly manifest: StaticManifest;
  /** The one that it replaces in this run, which need not be archived yet. */
  readonly replaced: StaticManifest | undefined;
  /** How many manifests before this one are kept. */
  readonly kept: number;
}

/** What is stale. */
export interface StaleObjects {
  readonly objects: readonly string[];
  /** Archived manifests, in their storage. */
  readonly archives: readonly string[];
}

/**
 * Finds what neither the manifest nor the last ones name, and what is known to be a static file: it has a hashed name, or
 * an older manifest names it. Whatever else lies in the storage is left alone.
 */
export async function staleObjects(options: StaleOptions): Promise<StaleObjects> {
  const { storage, manifest, kept } = options;
  const archives = await archivedManifests(options);
  const keptArchives = new Set(manifest.notes.previous.slice(0, kept).map(archiveName));
  const known = new Set<string>();
  const keep = new Set(objectsOf(manifest));
  for (const [archive, old] of archives) {
    for (const name of old.paths.keys()) known.add(name);
    if (keptArchives.has(archive)) for (const name of objectsOf(old)) keep.add(name);
  }
  const objects: string[] = [];
  for await (const { name } of storage.walk()) {
    const plain = unhashedName(uncompressedName(name));
    const isOurs = known.has(name) || (plain !== undefined && plain !== manifestName);
    if (isOurs && !keep.has(name)) objects.push(name);
  }
  return { objects, archives: [...archives.keys()].filter((name) => !keptArchives.has(name)) };
}

/** Finds everything that is not to be there. */
export async function otherObjects(
  storage: FileStorage,
  names: ReadonlySet<string>,
): Promise<string[]> {
  const others: string[] = [];
  for await (const { name } of storage.walk()) if (!names.has(name)) others.push(name);
  return others;
}

/** The name under which a manifest that was replaced is kept. */
export function archiveName(hash: string): string {
  return hashedName(manifestName, hash);
}

/** Every object that a manifest may stand for. */
export function objectsOf({ paths }: StaticManifest): string[] {
  const hashed = [...paths.values()];
  const compressed = hashed.flatMap((name) =>
    allEncodings.map((encoding) => compressedName(name, encoding)),
  );
  return [...paths.keys(), ...hashed, ...compressed];
}

async function archivedManifests({
  manifestStorage,
  manifest,
  replaced,
}: StaleOptions): Promise<Map<string, StaticManifest>> {
  const archives = new Map<string, StaticManifest>();
  const { files } = await manifestStorage.list('');
  for (const { name } of files) {
    if (unhashedName(name) !== manifestName) continue;
    const archive = await readManifest(manifestStorage, name);
    if (archive !== undefined) archives.set(name, archive);
  }
  const [last] = manifest.notes.previous;
  if (replaced !== undefined && last !== undefined) archives.set(archiveName(last), replaced);
  return archives;
}
