import type { UrlOptions } from '@filefield/core';

/** What CloudFront can limit besides the end. */
export interface CloudFrontLimits {
  /** IPv4 address or range that may use it, such as `192.0.2.0/24`. Default: any. */
  readonly ipAddress?: string | undefined;
  /** When it begins to be valid. Default: at once. */
  readonly startsAt?: Date | undefined;
}

/** Options of the URL of an object on S3; the {@link CloudFrontLimits} need a storage with `cloudfront`. */
export interface S3UrlOptions extends UrlOptions, CloudFrontLimits {
  /** Which version of the object, in a bucket that keeps them. Default: the latest. */
  readonly versionId?: string | undefined;
  /** `Content-Disposition` to answer with, whole; wins over `download`. */
  readonly contentDisposition?: string | undefined;
  /** `Cache-Control` to answer with. */
  readonly cacheControl?: string | undefined;
}

/** Options of signed cookies. */
export interface CookieOptions extends CloudFrontLimits {
  /** What they open, below the storage's prefix; `*` stands for any characters, `?` for one. Default `*`: all objects. */
  readonly path?: string | undefined;
  /** Seconds until they end. Default: the storage's `urlExpiresIn`. */
  readonly expiresIn?: number | undefined;
}
