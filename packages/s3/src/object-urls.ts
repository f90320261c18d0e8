import { UnsupportedOperationError, UrlNotReadyError } from '@filefield/core';
import { BucketUrls } from './bucket-urls.ts';
import type { CheckedS3Options } from './checked-options.ts';
import type { CloudFrontCookies } from './cloudfront-signer.ts';
import type { CredentialSource } from './credentials.ts';
import { DomainUrls, withoutCloudFront } from './domain-urls.ts';
import { changesHeaders } from './response-headers.ts';
import type { S3Credentials } from './s3-options.ts';
import { UrlCache } from './url-cache.ts';
import { assertLifetime, urlLifetime, type UrlLifetime } from './url-lifetime.ts';
import type { CookieOptions, S3UrlOptions } from './url-options.ts';

/** Makes the URLs of a storage's objects without waiting, and remembers the signed ones for their window. */
export class ObjectUrls {
  readonly #options: CheckedS3Options;
  readonly #credentials: CredentialSource;
  readonly #bucket: BucketUrls;
  readonly #domain: DomainUrls | undefined;
  readonly #cache = new UrlCache();
  #cachedFor: S3Credentials | undefined;

  /** @throws {@link StorageOptionsError} when the private key of CloudFront cannot be read. */
  constructor(options: CheckedS3Options, credentials: CredentialSource) {
    const { customDomain, cloudfront, urlSigner } = options;
    this.#options = options;
    this.#credentials = credentials;
    this.#bucket = new BucketUrls(options);
    if (customDomain !== undefined) {
      this.#domain = new DomainUrls({ customDomain, cloudfront, urlSigner });
    }
  }

  /**
   * The URL if it was made within its window; `undefined`: {@link url} makes it. Does not check the name.
   * @param now Milliseconds since the epoch.
   */
  cached(name: string, options: S3UrlOptions = {}, now: number = Date.now()): string | undefined {
    const credentials = this.#signing(now);
    if (credentials !== this.#cachedFor) {
      this.#cache.clear();
      this.#cachedFor = credentials;
    }
    return this.#cache.get(urlKey(name, options), now);
  }

  /**
   * The URL of an object; its name is checked already.
   *
   * @param storage The alias, for messages.
   * @param now Milliseconds since the epoch.
   * @throws {@link UrlNotReadyError} while the credentials that sign it are unknown.
   * @throws {@link StorageOptionsError} when `expiresIn` is out of bounds.
   * @throws {@link UnsupportedOperationError} when nobody could use it.
   */
  url(
    name: string,
    options: S3UrlOptions = {},
    storage?: string,
    now: number = Date.now(),
  ): string {
    const key = this.#options.prefix + name;
    if (!this.#isSigned(options)) return (this.#domain ?? this.#bucket).plain(key, options);
    const cached = this.cached(name, options, now);
    if (cached !== undefined) return cached;
    this.#assertUsable(options, storage);
    const credentials = this.#signing(now);
    const time = this.#lifetime(name, options, credentials, now);
    const url =
      this.#domain?.signed(name, key, options, time.expires) ??
      this.#bucket.signed(key, options, time, this.#known(credentials, name, storage));
    this.#cache.set(urlKey(name, options), url, time.until * 1000);
    return url;
  }

  /**
   * When a URL that is made now ends; `undefined` where it does not, and while none can be made.
   * @param now Milliseconds since the epoch.
   */
  expiresAt(name: string, options: S3UrlOptions = {}, now: number = Date.now()): Date | undefined {
    if (!this.#isSigned(options)) return undefined;
    const credentials = this.#signing(now);
    if (this.#domain === undefined && credentials === undefined) return undefined;
    return new Date(this.#lifetime(name, options, credentials, now).expires * 1000);
  }

  /**
   * The cookies that let a browser read many objects through CloudFront.
   *
   * @param storage The alias, for messages.
   * @param now Milliseconds since the epoch.
   * @throws {@link UnsupportedOperationError} where the storage has no `cloudfront`.
   * @throws {@link StorageOptionsError} when `expiresIn` is out of bounds.
   */
  cookies(
    options: CookieOptions = {},
    storage?: string,
    now: number = Date.now(),
  ): CloudFrontCookies {
    const { prefix, urlExpiresIn } = this.#options;
    if (this.#domain === undefined) throw withoutCloudFront('make cookies', storage);
    const { expiresIn = urlExpiresIn } = options;
    assertLifetime(expiresIn);
    return this.#domain.cookies(prefix, options, Math.floor(now / 1000) + expiresIn, storage);
  }

  #isSigned(options: S3UrlOptions): boolean {
    // S3 answers with other headers to signed requests only, even where everybody may read.
    return this.#options.signedUrls || (this.#domain === undefined && changesHeaders(options));
  }

  /** What signs; nothing of it where a domain has its own signer. */
  #signing(now: number): S3Credentials | undefined {
    return this.#domain === undefined ? this.#credentials.current(now) : undefined;
  }

  #known(
    credentials: S3Credentials | undefined,
    name: string,
    storage: string | undefined,
  ): S3Credentials {
    if (credentials !== undefined) return credentials;
    const { failure: cause } = this.#credentials;
    throw new UrlNotReadyError({ storage, name }, cause === undefined ? {} : { cause });
  }

  #lifetime(
    name: string,
    { expiresIn }: S3UrlOptions,
    credentials: S3Credentials | undefined,
    now: number,
  ): UrlLifetime {
    const { urlExpiresIn, urlWindow } = this.#options;
    const end = credentials?.expiration;
    const last = end === undefined ? undefined : Math.floor(end.getTime() / 1000);
    return urlLifetime(name, { urlExpiresIn, urlWindow, expiresIn, last }, Math.floor(now / 1000));
  }

  #assertUsable(options: S3UrlOptions, storage: string | undefined): void {
    const { cloudfront, sse } = this.#options;
    if (cloudfront === undefined && (options.ipAddress ?? options.startsAt) !== undefined) {
      throw withoutCloudFront('limit a URL to an address or a start', storage);
    }
    if (typeof sse === 'object' && 'customerKey' in sse) {
      const reason = 'its objects are encrypted with a key that no browser has, use open()';
      throw new UnsupportedOperationError('make a URL', storage, reason);
    }
  }
}

/** Tells URLs apart; no name holds NUL. */
function urlKey(name: string, options: S3UrlOptions): string {
  const { expiresIn, download, type, method, versionId, contentDisposition } = options;
  const { cacheControl, ipAddress, startsAt } = options;
  const isPlain =
    (expiresIn ?? type ?? versionId ?? contentDisposition ?? cacheControl ?? ipAddress) ===
      undefined &&
    (download === undefined || download === false) &&
    (method === undefined || method === 'GET') &&
    startsAt === undefined;
  if (isPlain) return name;
  const rest = [expiresIn, download, type, method, versionId, contentDisposition];
  return `${name}\0${JSON.stringify([...rest, cacheControl, ipAddress, startsAt])}`;
}
