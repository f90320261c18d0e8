import { Storages, StorageOptionsError, type FileStorage } from '@filefield/core';
import { assertApart, type Place } from './assert-apart.ts';
import { checkedBaseUrl } from './checked-base-url.ts';
import { CollectedDirectory } from './collected-directory.ts';
import type { IgnoreOptions } from './ignore-patterns.ts';
import { manifestName, readManifest } from './manifest.ts';
import { ReadOnlyStorage } from './read-only-storage.ts';
import { SourceStorage } from './source-storage.ts';
import { StaticFiles } from './static-files.ts';
import type { SourceOptions } from './static-source.ts';

/** Options of {@link loadStatic}; the `sources` and what is ignored there, as `collectStatic()` takes them, are for development only. */
export interface LoadStaticOptions extends Partial<SourceOptions>, IgnoreOptions {
  /** Where the files were collected: a public storage that holds nothing else, or a directory that is only read. */
  readonly storage?: FileStorage | string | URL | undefined;
  /** `true`: files are found in `sources` without collecting, under their own names, and no manifest is read. Default `false`. */
  readonly development?: boolean | undefined;
  /** What URLs begin with: an http URL, or a path of this site. Default: the storage makes them; of directories `/static/`. */
  readonly baseUrl?: string | undefined;
  /** Where the manifest lies, such as a disk that is near. Default: {@link storage}. */
  readonly manifestStorage?: FileStorage | undefined;
  /** `false`: there is none, because names were left without hashes or are a bundler's. Default `true`. */
  readonly manifest?: boolean | undefined;
  /** Where uploads are kept; a registry stands for all of its other storages. The start fails where one of them is not apart from the static files. */
  readonly media?: Storages | readonly FileStorage[] | undefined;
  /** `false`: a file that the manifest does not have keeps its own name in URLs. Default `true`: it is an error. */
  readonly strict?: boolean | undefined;
}

/**
 * Finds out what a program needs to name its static files without waiting, once, when it starts.
 *
 * @throws {@link StorageOptionsError} when there is no manifest, the storage is private or not apart from uploads, or an
 * option cannot be right.
 *
 * @example
 * ```ts
 * const statics = await loadStatic({ storage: storages.get('static') });
 * statics.url('css/app.css'); // https://static.example.net/css/app.55e7cbb9ba48.css
 * ```
 */
export async function loadStatic(options: LoadStaticOptions): Promise<StaticFiles> {
  const { development: isDevelopment = false, strict: isStrict = true } = options;
  const storage = isDevelopment ? await written(options) : collected(options);
  const baseUrl = baseOf(options, storage);
  for (const place of placesOf(storage)) assertApart(place, mediaOf(options, storage));
  const hasManifest = !isDevelopment && options.manifest !== false;
  const manifestStorage = hasManifest ? (options.manifestStorage ?? storage) : undefined;
  const manifest = manifestStorage && (await readManifest(manifestStorage));
  if (hasManifest && manifest === undefined) {
    throw new StorageOptionsError(
      `Cannot load the static files: there is no "${manifestName}", collect them first, ` +
        'or say manifest: false where names have no hashes',
    );
  }
  return new StaticFiles({
    storage,
    manifestStorage,
    manifest,
    baseUrl,
    isStrict,
    isDevelopment,
  });
}

async function written({ sources = [], ...options }: LoadStaticOptions): Promise<FileStorage> {
  return SourceStorage.open({ sources, ...options });
}

function collected({ storage }: LoadStaticOptions): FileStorage {
  if (storage === undefined) {
    throw new StorageOptionsError(
      'Cannot load the static files: a storage is wanted where they were collected',
    );
  }
  if (typeof storage === 'string' || storage instanceof URL) {
    return new CollectedDirectory(storage);
  }
  if (storage.visibility === 'public') return storage;
  const alias = storage.alias === undefined ? 'a storage' : `storage "${storage.alias}"`;
  throw new StorageOptionsError(
    `Cannot load the static files from ${alias}: it is private, and they are for everybody; ` +
      'give them a public storage of their own',
  );
}

function placesOf(storage: FileStorage): readonly Place[] {
  if (!(storage instanceof SourceStorage)) return [storage];
  return storage.locations.map((location) => ({ location }));
}

function mediaOf(options: LoadStaticOptions, statics: FileStorage): FileStorage[] {
  const { media = [], manifestStorage } = options;
  const all = media instanceof Storages ? media.aliases.map((alias) => media.get(alias)) : media;
  const own = media instanceof Storages ? [statics, manifestStorage] : [];
  return all.filter((storage) => !own.includes(storage));
}

function baseOf(options: LoadStaticOptions, found: FileStorage): string | undefined {
  const { storage = found } = options;
  const served = typeof storage === 'object' && 'served' in storage ? storage.served : undefined;
  const usual = found instanceof ReadOnlyStorage ? '/static/' : undefined;
  const base = options.baseUrl ?? served?.baseUrl ?? usual;
  return base === undefined ? undefined : checkedBaseUrl(base);
}
