import { FileNotFoundError, type FileStorage } from '@filefield/core';
import { compareNames } from '@filefield/core/binding';
import { contentHash } from './hashed-name.ts';
import { StaticFilesError } from './static-files-error.ts';

/** The name of the manifest, as Django has it. */
export const manifestName = 'staticfiles.json';

/** Which name each static file has for as long as its bytes stay the same; the bytes of a storage's `staticfiles.json`. */
export interface StaticManifest {
  /** By the name that the application uses (`css/app.css`), the one that is stored (`css/app.0123456789ab.css`). */
  readonly paths: ReadonlyMap<string, string>;
  /** 12 hexadecimal digits that change with the paths; `''` of a manifest in format 1.0. */
  readonly hash: string;
  /** What `collectStatic()` noted for its next run; Django keeps nothing there. */
  readonly notes: ManifestNotes;
}

/** What a manifest holds beside Django's own; each is empty where Django wrote it. */
export interface ManifestNotes {
  /** Hashes of the bytes stored under the plain name, where they are not the bytes of the hashed one. */
  readonly originals: ReadonlyMap<string, string>;
  /** Encodings that were tried on every hashed file: `gzip` as `….gz`, `brotli` as `….br`, where it is worth it. */
  readonly encodings: readonly string[];
  /** Hashes of the manifests before this one, the last first. */
  readonly previous: readonly string[];
}

/** Nothing noted. */
export const noNotes: ManifestNotes = {
  originals: new Map(),
  encodings: [],
  previous: [],
};

/** The hash of a manifest's paths, by Django's algorithm. */
export function manifestHash(paths: ReadonlyMap<string, string>): string {
  return contentHash(pythonJson(sortedEntries(paths)));
}

/** The text of a manifest in Django's format 1.1, names in order: equal paths and notes give equal bytes. */
export function formatManifest(
  paths: ReadonlyMap<string, string>,
  notes: ManifestNotes = noNotes,
): string {
  const noted = [
    ...(notes.originals.size > 0 ? [member('originals', object(notes.originals))] : []),
    ...(notes.encodings.length > 0 ? [member('encodings', pythonJson(notes.encodings))] : []),
    ...(notes.previous.length > 0 ? [member('previous', pythonJson(notes.previous))] : []),
  ];
  const members = [
    member('paths', object(paths)),
    member('version', pythonJson('1.1')),
    member('hash', pythonJson(manifestHash(paths))),
    ...(noted.length > 0 ? [member('filefield', `{${noted.join(', ')}}`)] : []),
  ];
  return `{${members.join(', ')}}`;
}

/**
 * Reads the text of a manifest of format 1.0 or 1.1, whether Django or filefield wrote it.
 *
 * @param name What messages call it.
 * @throws {@link StaticFilesError} when it is something else.
 */
export function parseManifest(text: string, name: string = manifestName): StaticManifest {
  const stored = parsed(text, name);
  const { paths, version, hash = '', filefield = {} } = stored;
  if (version !== '1.0' && version !== '1.1') {
    throw unreadable(name, `its version is ${JSON.stringify(version)}, "1.0" or "1.1" is wanted`);
  }
  if (!isObject(paths) || !Object.values(paths).every(isString) || !isString(hash)) {
    throw unreadable(name, 'its paths are not names by name');
  }
  return {
    paths: new Map(Object.entries(paths as Record<string, string>)),
    hash,
    notes: isObject(filefield) ? notesOf(filefield) : noNotes,
  };
}

/**
 * Reads the manifest of a storage; `undefined` when there is none.
 *
 * @throws {@link StaticFilesError} when what has its name is no manifest.
 */
export async function readManifest(
  storage: FileStorage,
  name: string = manifestName,
): Promise<StaticManifest | undefined> {
  const text = await readText(storage, name);
  return text === undefined ? undefined : parseManifest(text, name);
}

async function readText(storage: FileStorage, name: string): Promise<string | undefined> {
  try {
    return await new Response(await storage.open(name)).text();
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}

function parsed(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    throw unreadable(name, 'it is no JSON', { cause });
  }
  throw unreadable(name, 'it is no JSON object');
}

function unreadable(name: string, found: string, options?: ErrorOptions): StaticFilesError {
  const message = `${JSON.stringify(name)} is no manifest, ${found}`;
  return new StaticFilesError(
    'read the static manifest',
    [{ reason: 'manifest', name, message }],
    options,
  );
}

/** Notes only spare work: what is not as it should be counts as absent. */
function notesOf(stored: Record<string, unknown>): ManifestNotes {
  return {
    originals: textsOf(stored['originals']),
    encodings: listOf(stored['encodings']),
    previous: listOf(stored['previous']),
  };
}

function textsOf(value: unknown): Map<string, string> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => isString(entry[1])));
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) && value.every(isString) ? value : [];
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function member(name: string, text: string): string {
  return `${pythonJson(name)}: ${text}`;
}

function object(map: ReadonlyMap<string, string>): string {
  const members = sortedEntries(map).map(([name, value]) => member(name, pythonJson(value)));
  return `{${members.join(', ')}}`;
}

function sortedEntries(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].toSorted(([a], [b]) => compareNames(a, b));
}

type JsonText = string | readonly JsonText[];

/** As Python's `json.dumps` writes it: the hash is made of these very bytes. */
function pythonJson(value: JsonText): string {
  if (!isString(value)) return `[${value.map(pythonJson).join(', ')}]`;
  return JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
