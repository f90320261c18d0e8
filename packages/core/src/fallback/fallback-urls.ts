import type { ServedUrls } from '../direct-upload.ts';
import { StorageOptionsError } from '../errors.ts';
import type { FileStorage, UrlOptions } from '../file-storage.ts';
import { checkedUrlOptions, diskUrl, diskUrlEnd, servedUrls } from '../file-system/disk-url.ts';
import { assertReadable } from '../storage-names.ts';

/** Where the URLs of a {@link fallbackStorage} come from, which cannot look where an object lies. */
export interface FallbackUrlOptions {
  /** Where the application serves the storage: an http URL, or a path of this site such as `/media/`. Default: see {@link fallbackStorage}. */
  readonly baseUrl?: string | undefined;
  /** Secrets of at least 32 characters that sign the URLs below `baseUrl` of a private storage; the first signs. */
  readonly keys?: readonly string[] | undefined;
  /** Seconds that such a URL lives, at most 604,800. Default 3600. */
  readonly urlExpiresIn?: number | undefined;
}

/** The part of a storage that is about URLs. */
export interface UrlMaker extends Pick<FileStorage, 'url' | 'urlExpiresAt' | 'served'> {
  readonly isSigned: boolean;
}

/**
 * URLs that lead back to the application where there are any, because it finds an object in either part; else those of
 * the primary.
 *
 * @throws {@link StorageOptionsError} when an option cannot be right.
 */
export function fallbackUrls(
  primary: FileStorage,
  fallback: FileStorage,
  options: FallbackUrlOptions,
  alias: () => string | undefined,
): UrlMaker {
  if (options.baseUrl !== undefined) return ownUrls(primary, options, alias);
  if (options.keys !== undefined || options.urlExpiresIn !== undefined) {
    throw new StorageOptionsError(
      'Cannot sign URLs of a fallback storage without a baseUrl: its keys and urlExpiresIn are for URLs below it',
    );
  }
  const maker = fallback.served === undefined ? primary : fallback;
  return {
    url: (name, how) => maker.url(name, how),
    urlExpiresAt: (name, how) => maker.urlExpiresAt?.(name, how),
    served: maker.served,
    get isSigned() {
      return maker.capabilities.signedUrls;
    },
  };
}

function ownUrls(
  { visibility }: FileStorage,
  { baseUrl, keys = [], urlExpiresIn = 3600 }: FallbackUrlOptions,
  alias: () => string | undefined,
): UrlMaker {
  const isPrivate = visibility === 'private';
  const own = checkedUrlOptions({ baseUrl, isPrivate, keys, urlExpiresIn });
  const served: ServedUrls | undefined = servedUrls(alias, own);
  return {
    url(name: string, options: UrlOptions = {}): string {
      assertReadable(name);
      return diskUrl(alias(), name, own, options);
    },
    urlExpiresAt(name: string, options: UrlOptions = {}): Date | undefined {
      assertReadable(name);
      return diskUrlEnd(name, own, options);
    },
    served,
    isSigned: isPrivate && served !== undefined,
  };
}
