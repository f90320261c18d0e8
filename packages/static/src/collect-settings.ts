import { fileURLToPath } from 'node:url';
import { StorageOptionsError, type FileStorage } from '@filefield/core';
import type { CollectOptions } from './collect-options.ts';
import { allEncodings, type Encoding } from './compressed-bytes.ts';
import type { HashAlgorithm } from './hashed-name.ts';
import type { IgnoreOptions } from './ignore-patterns.ts';
import { isInside, type SourceOptions } from './static-source.ts';

/** The options of a run, checked, with their defaults. */
export interface CollectSettings extends SourceOptions, IgnoreOptions {
  readonly storage: FileStorage;
  readonly manifestStorage: FileStorage;
  readonly baseUrl: string;
  readonly algorithm: HashAlgorithm;
  readonly encodings: readonly Encoding[];
  readonly concurrency: number;
  /** Manifests before this one that `prune` keeps; `undefined`: nothing is pruned. */
  readonly kept: number | undefined;
  readonly postProcess: boolean;
  readonly modules: boolean;
  readonly strict: boolean;
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly clear: boolean;
  readonly link: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: CollectOptions['onProgress'];
}

/** @throws {@link StorageOptionsError} when an option cannot be right, or two do not go together. */
export function collectSettings(options: CollectOptions): CollectSettings {
  const { storage, prune = false, precompress = false } = options;
  const settings: CollectSettings = {
    ...options,
    manifestStorage: options.manifestStorage ?? storage,
    baseUrl: options.baseUrl ?? '/static/',
    algorithm: options.algorithm ?? 'md5',
    encodings: encodingsOf(precompress),
    concurrency: options.concurrency ?? 8,
    kept: keptOf(prune),
    postProcess: options.postProcess ?? true,
    modules: options.modules ?? false,
    strict: options.strict ?? true,
    dryRun: options.dryRun ?? false,
    verify: options.verify ?? false,
    clear: options.clear ?? false,
    link: options.link ?? false,
    signal: options.signal,
    onProgress: options.onProgress,
  };
  assertValues(settings);
  assertCombination(settings);
  return settings;
}

/**
 * A storage inside a source would be collected into itself, a source inside the storage could be cleared.
 *
 * @throws {@link StorageOptionsError} when one of the two is so.
 */
export function assertOutside({ location }: FileStorage, roots: readonly string[]): void {
  if (!location.startsWith('file:')) return;
  const place = fileURLToPath(location).replace(/(.)[/\\]$/, '$1');
  if (!roots.some((root) => isInside(root, place) || isInside(place, root))) return;
  throw new StorageOptionsError(
    'Cannot collect static files: a source and the storage lie inside each other, give each its own directory',
  );
}

function encodingsOf(precompress: boolean | readonly Encoding[]): readonly Encoding[] {
  if (typeof precompress !== 'boolean') return precompress;
  return precompress ? allEncodings : [];
}

function keptOf(prune: boolean | number): number | undefined {
  if (prune === false) return undefined;
  return prune === true ? 1 : prune;
}

function assertValues({ baseUrl, concurrency, kept = 0, encodings }: CollectSettings): void {
  if (!baseUrl.endsWith('/') || !URL.canParse(baseUrl, 'http://static.invalid')) {
    throw refused('the baseUrl', baseUrl, 'a path or a URL that ends with a slash is wanted');
  }
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw refused('the concurrency', concurrency, 'a whole number from 1 is wanted');
  }
  if (!Number.isInteger(kept) || kept < 0) {
    throw refused('prune', kept, 'a whole number from 0 is wanted, or true');
  }
  const unknown = encodings.find((encoding) => !allEncodings.includes(encoding));
  if (unknown !== undefined) {
    throw refused('precompress', unknown, '"gzip" or "brotli" is wanted');
  }
}

function assertCombination({ storage, postProcess, kept, encodings, link }: CollectSettings): void {
  if (!postProcess && kept !== undefined) {
    throw useless('prune', 'finds stale files by manifests, and there are none');
  }
  if (!postProcess && encodings.length > 0) {
    throw useless('precompress', 'compresses files under hashed names, and there are none');
  }
  if (link && !storage.capabilities.path) {
    throw new StorageOptionsError(
      'Cannot link static files: the objects of the storage are not files of this machine',
    );
  }
}

function refused(option: string, value: string | number, wanted: string): StorageOptionsError {
  return new StorageOptionsError(`Cannot use ${option} ${JSON.stringify(value)}: ${wanted}`);
}

function useless(option: string, what: string): StorageOptionsError {
  return new StorageOptionsError(`Cannot use ${option} with postProcess: false: it ${what}`);
}
