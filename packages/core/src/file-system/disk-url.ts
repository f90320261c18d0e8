import type { ServedUrls } from '../direct-upload.ts';
import { encodeName } from '../encode-name.ts';
import { StorageOptionsError, UnsupportedOperationError } from '../errors.ts';
import type { UrlOptions } from '../file-storage.ts';
import { assertKeys } from '../signing-keys.ts';
import { signUrl, stableExpiry, verifyUrl } from '../url-signature.ts';

const dayInSeconds = 86_400;

/** What the URLs of a storage are made of. */
export interface DiskUrlOptions {
  readonly baseUrl: string | undefined;
  readonly isPrivate: boolean;
  readonly keys: readonly string[];
  /** Seconds. */
  readonly urlExpiresIn: number;
}

/** Checks the options once. @throws {@link StorageOptionsError} when no URL made of them could work. */
export function checkedUrlOptions(options: DiskUrlOptions): DiskUrlOptions {
  const { baseUrl, keys, urlExpiresIn } = options;
  assertLifetime(urlExpiresIn);
  assertKeys('URLs', keys);
  if (baseUrl === undefined) return options;
  assertSiteUrl('baseUrl', baseUrl);
  return { ...options, baseUrl: baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/` };
}

/** @throws {@link StorageOptionsError} when an option is no URL that a browser could be sent to. */
export function assertSiteUrl(option: string, url: string): void {
  if (/^(?:\/(?!\/)|https?:\/\/[^/])/.test(url) && !/[?#\\]/.test(url)) return;
  throw new StorageOptionsError(
    `Cannot use the ${option} ${JSON.stringify(url)}: it is an http URL or a path that begins with one slash, without query`,
  );
}

/** The URL of an object. @throws {@link UnsupportedOperationError} without a base, or without keys where it is private. */
export function diskUrl(
  storage: string | undefined,
  name: string,
  { baseUrl, isPrivate, keys, urlExpiresIn }: DiskUrlOptions,
  { expiresIn = urlExpiresIn, download, type }: UrlOptions,
): string {
  if (baseUrl === undefined) {
    throw new UnsupportedOperationError('make a URL', storage, 'it has no baseUrl');
  }
  const url = baseUrl + encodeName(name);
  if (!isPrivate) return url;
  const [key] = keys;
  if (key === undefined) {
    const reason = 'it is private and has no keys to sign with, give it keys or make it public';
    throw new UnsupportedOperationError('make a URL', storage, reason);
  }
  assertLifetime(expiresIn);
  const expires = stableExpiry(name, expiresIn);
  return `${url}?${signUrl({ storage, name, expires, download, type }, key).toString()}`;
}

/** When {@link diskUrl} of now ends; `undefined` where it makes none that does. */
export function diskUrlEnd(
  name: string,
  { baseUrl, isPrivate, keys, urlExpiresIn }: DiskUrlOptions,
  { expiresIn = urlExpiresIn }: UrlOptions,
): Date | undefined {
  if (baseUrl === undefined || !isPrivate || keys.length === 0) return undefined;
  assertLifetime(expiresIn);
  return new Date(stableExpiry(name, expiresIn) * 1000);
}

/** What serves those URLs; `undefined` where {@link diskUrl} makes none. */
export function servedUrls(
  storage: () => string | undefined,
  { baseUrl, isPrivate, keys }: DiskUrlOptions,
): ServedUrls | undefined {
  if (baseUrl === undefined || (isPrivate && keys.length === 0)) return undefined;
  return {
    baseUrl,
    verify: (name, query) =>
      isPrivate ? verifyUrl({ storage: storage(), name }, query, keys) : 'valid',
  };
}

/** @throws {@link StorageOptionsError} when a URL cannot be signed for so many seconds. */
export function assertLifetime(seconds: number): void {
  if (Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= 7 * dayInSeconds) return;
  throw new StorageOptionsError(
    `Cannot sign a URL for ${seconds} seconds: a whole number from 1 to ${7 * dayInSeconds} is wanted`,
  );
}
