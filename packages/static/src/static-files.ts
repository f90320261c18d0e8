import { StorageOptionsError, type FileStorage } from '@filefield/core';
import { assertReadable, encodeName, nearNames } from '@filefield/core/binding';
import { unhashedName } from './hashed-name.ts';
import { manifestHash, manifestName, readManifest, type StaticManifest } from './manifest.ts';
import { UnknownStaticFileError } from './unknown-static-file-error.ts';

/** What {@link StaticFiles} are made of; `loadStatic()` finds it out. */
export interface StaticFilesParts {
  readonly storage: FileStorage;
  /** Where the manifest lies; without one names are no other in URLs. */
  readonly manifestStorage: FileStorage | undefined;
  readonly manifest: StaticManifest | undefined;
  /** Ends with `/`; without one the storage makes the URLs. */
  readonly baseUrl: string | undefined;
  readonly isStrict: boolean;
  readonly isDevelopment: boolean;
}

/** The static files of a program, where they were collected or where they are written. Made by `loadStatic()`. */
export class StaticFiles {
  /** Where the files are read. */
  readonly storage: FileStorage;
  /** What URLs begin with; `undefined` where the storage makes them. */
  readonly baseUrl: string | undefined;
  /** Files are found where they are written, under their own names, and asked for each time. */
  readonly isDevelopment: boolean;
  readonly #parts: StaticFilesParts;
  #entries: ManifestEntries | undefined;
  #reloading: Promise<boolean> | undefined;

  constructor(parts: StaticFilesParts) {
    this.storage = parts.storage;
    this.baseUrl = parts.baseUrl;
    this.isDevelopment = parts.isDevelopment;
    this.#parts = parts;
    this.#entries = parts.manifest && entriesOf(parts.manifest);
  }

  /**
   * The URL of a file, without waiting: `url('css/app.css')` leads to `css/app.55e7cbb9ba48.css`. A query and a fragment
   * stay (`font.eot?#iefix`); a directory (`img/`) has no hash.
   *
   * @throws {@link UnknownStaticFileError} when it was not collected, unless `strict` is off.
   * @throws {@link InvalidNameError} when no storage could hold it.
   */
  url(name: string): string {
    const { path, suffix } = this.#split(name);
    const isDirectory = path === '' || path.endsWith('/');
    const stored = isDirectory ? path : this.#stored(path);
    if (stored !== '') assertReadable(isDirectory ? stored.slice(0, -1) : stored);
    return this.#base(stored) + suffix;
  }

  /**
   * Whether the bytes under a name never change: the manifest has it as the name with the hash. Without a manifest a
   * name looks like it that has 12 hexadecimal digits before its extension.
   */
  isHashed(name: string): boolean {
    if (this.isDevelopment) return false;
    if (this.#entries === undefined) return unhashedName(name) !== undefined;
    return this.#entries.hashed.has(name);
  }

  /**
   * Reads the manifest again; until then URLs are those of the files that were there when it was loaded.
   * @returns Whether it was another one. @throws what the storage throws; the manifest stays the one that it was.
   */
  async reload(): Promise<boolean> {
    this.#reloading ??= this.#reload().finally(() => (this.#reloading = undefined));
    return this.#reloading;
  }

  async #reload(): Promise<boolean> {
    const { manifestStorage } = this.#parts;
    if (manifestStorage === undefined) return false;
    const manifest = await readManifest(manifestStorage);
    if (manifest === undefined) {
      throw new StorageOptionsError(`Cannot reload the static files: "${manifestName}" is gone`);
    }
    const entries = entriesOf(manifest);
    const isSame = entries.hash === this.#entries?.hash;
    if (!isSame) this.#entries = entries;
    return !isSame;
  }

  /** A name that holds `?` or `#` itself comes first, then one before a query, then one that was encoded for a URL. */
  #split(name: string): { path: string; suffix: string } {
    if (this.#entries?.names.has(name) === true) return { path: name, suffix: '' };
    const [path = ''] = name.split(/[?#]/, 1);
    return { path: this.#decoded(path), suffix: name.slice(path.length) };
  }

  #decoded(path: string): string {
    if (!path.includes('%') || this.#entries?.names.has(path) === true) return path;
    try {
      return decodeURIComponent(path);
    } catch {
      return path;
    }
  }

  #stored(path: string): string {
    if (this.#entries === undefined) return path;
    const stored = this.#entries.names.get(path);
    if (stored !== undefined) return stored;
    if (!this.#parts.isStrict) return path;
    throw new UnknownStaticFileError(
      path,
      nearNames(unhashedName(path) ?? path, this.#entries.names.keys()),
    );
  }

  #base(stored: string): string {
    if (this.baseUrl !== undefined) return this.baseUrl + encodeName(stored);
    if (stored !== '' && !stored.endsWith('/')) return this.storage.url(stored);
    // Storages make URLs of objects only, and a directory is none.
    return this.storage.url(`${stored}x`).slice(0, -1);
  }
}

interface ManifestEntries {
  readonly names: ReadonlyMap<string, string>;
  readonly hashed: ReadonlySet<string>;
  readonly hash: string;
}

function entriesOf({ paths }: StaticManifest): ManifestEntries {
  const hashed = [...paths].filter(([name, stored]) => name !== stored);
  const stored = new Set(hashed.map(([, name]) => name));
  return { names: paths, hashed: stored, hash: manifestHash(paths) };
}
