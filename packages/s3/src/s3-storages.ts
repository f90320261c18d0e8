import { StorageOptionsError } from '@filefield/core';
import type { S3StorageOptions } from './s3-options.ts';
import { S3Storage } from './s3-storage.ts';

/** Storages that have something in common. */
export interface S3StoragesOptions<Alias extends string> {
  /** Options of all of them. Default: none. */
  readonly shared?: Partial<S3StorageOptions> | undefined;
  /** Options of each, by alias; they win over the shared ones. */
  readonly storages: Readonly<Record<Alias, Partial<S3StorageOptions>>>;
}

/** Functions that build storages, by alias, as `defineStorages` takes them. */
export type S3StorageFactories<Alias extends string> = Readonly<Record<Alias, () => S3Storage>>;

/**
 * Storages with shared options. `objectParameters`, `multipart` and `tls` are merged, everything else is replaced; a
 * storage's own `undefined` takes a shared option away.
 *
 * @example
 * const storages = defineStorages(
 *   s3Storages({
 *     shared: { region: 'eu-central-1' },
 *     storages: { public: { bucket: 'acme-public', visibility: 'public' }, private: { bucket: 'acme-private' } },
 *   }),
 * );
 */
export function s3Storages<const Alias extends string>({
  shared = {},
  storages,
}: S3StoragesOptions<Alias>): S3StorageFactories<Alias> {
  const factories = Object.entries<Partial<S3StorageOptions>>(storages).map(
    ([alias, own]) => [alias, () => new S3Storage(mergedOptions(alias, shared, own))] as const,
  );
  // Only the type knows that the keys are the aliases.
  return Object.fromEntries(factories) as S3StorageFactories<Alias>;
}

/**
 * The options of one storage.
 * @throws {@link StorageOptionsError} when neither names a bucket.
 */
export function mergedOptions(
  alias: string,
  shared: Partial<S3StorageOptions>,
  own: Partial<S3StorageOptions>,
): S3StorageOptions {
  const merged = { ...withoutRivals(shared, own), ...own };
  const { bucket } = merged;
  if (bucket === undefined) {
    throw new StorageOptionsError(
      `Cannot use storage ${JSON.stringify(alias)}: it has no bucket, set "bucket"`,
    );
  }
  for (const name of ['objectParameters', 'multipart', 'tls'] as const) {
    if (shared[name] === undefined || own[name] === undefined) continue;
    Object.assign(merged, { [name]: { ...shared[name], ...own[name] } });
  }
  return { ...merged, bucket };
}

/** Options that exclude each other: the storage's own one replaces the shared other one. */
const rivals = [
  ['credentials', 'profile'],
  ['profile', 'credentials'],
  ['cloudfront', 'urlSigner'],
  ['urlSigner', 'cloudfront'],
] as const;

function withoutRivals(
  shared: Partial<S3StorageOptions>,
  own: Partial<S3StorageOptions>,
): Partial<S3StorageOptions> {
  const replaced = rivals.filter(([name]) => own[name] !== undefined).map(([, rival]) => rival);
  const left = Object.entries(shared).filter(([name]) => !replaced.some((one) => one === name));
  return Object.fromEntries(left);
}
