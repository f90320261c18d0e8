import type { CollectOptions } from '@filefield/static';

/**
 * What the configuration file exports as `staticFiles`, so that `collectstatic` and `findstatic` need no flags: the
 * options of `collectStatic()`, with aliases in place of storages.
 *
 * @example
 * export const staticFiles: StaticFilesConfiguration = { sources: ['assets'], storage: 'static' };
 */
export interface StaticFilesConfiguration extends Partial<
  Omit<CollectOptions, 'storage' | 'manifestStorage' | 'signal' | 'onProgress'>
> {
  /** The alias of the storage that the files go to. Default `static`. */
  readonly storage?: string | undefined;
  /** The alias of the storage that the manifest goes to. Default: {@link storage}. */
  readonly manifestStorage?: string | undefined;
}
