import { UnsupportedOperationError } from '@filefield/core';
import { CloudFrontSigner, type CloudFrontCookies } from './cloudfront-signer.ts';
import type { CloudFrontOptions, UrlSigningHook } from './custom-domain.ts';
import { publicUrl } from './public-url.ts';
import { responseHeaders } from './response-headers.ts';
import type { CookieOptions, S3UrlOptions } from './url-options.ts';

/** What serves the bucket instead of S3. */
export interface DomainOptions {
  /** Ends with a slash. */
  readonly customDomain: string;
  readonly cloudfront?: CloudFrontOptions | undefined;
  readonly urlSigner?: UrlSigningHook | undefined;
}

/** URLs of a domain of one's own: plain, signed for CloudFront, or by a hook. */
export class DomainUrls {
  readonly #base: string;
  readonly #cloudfront: CloudFrontSigner | undefined;
  readonly #hook: UrlSigningHook | undefined;

  /** @throws {@link StorageOptionsError} when the private key of CloudFront cannot be read. */
  constructor({ customDomain, cloudfront, urlSigner }: DomainOptions) {
    this.#base = customDomain;
    this.#cloudfront = cloudfront && new CloudFrontSigner(cloudfront);
    this.#hook = urlSigner;
  }

  /** For everybody. */
  plain(key: string, options: S3UrlOptions): string {
    return publicUrl(this.#base, key, responseHeaders(options));
  }

  /**
   * For who bears it.
   * @param expires Seconds since the epoch.
   */
  signed(name: string, key: string, options: S3UrlOptions, expires: number): string {
    const url = this.plain(key, options);
    if (this.#cloudfront !== undefined) {
      return this.#cloudfront.signUrl(url, { expires, ...options });
    }
    return this.#hook?.({ url, name, expires: new Date(expires * 1000) }) ?? url;
  }

  /**
   * Cookies for everything that a path stands for.
   * @param expires Seconds since the epoch.
   * @throws {@link UnsupportedOperationError} without a key pair of CloudFront.
   */
  cookies(
    prefix: string,
    options: CookieOptions,
    expires: number,
    storage: string | undefined,
  ): CloudFrontCookies {
    if (this.#cloudfront === undefined) throw withoutCloudFront('make cookies', storage);
    const resource = this.#base + prefix + (options.path ?? '*');
    return this.#cloudfront.signCookies(resource, { expires, ...options });
  }
}

/** The error of what only CloudFront can do. */
export function withoutCloudFront(
  operation: string,
  storage: string | undefined,
): UnsupportedOperationError {
  return new UnsupportedOperationError(operation, storage, 'it has no "cloudfront" that signs it');
}
