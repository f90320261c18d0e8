import type { UrlOptions } from '@filefield/core';

/** Options of the URL of an object on S3. */
export interface S3UrlOptions extends UrlOptions {
  /** `HEAD` signs for asking about the object instead of reading it. Default `GET`. */
  readonly method?: 'GET' | 'HEAD' | undefined;
  /** Which version of the object, in a bucket that keeps them. Default: the latest. */
  readonly versionId?: string | undefined;
  /** `Content-Disposition` to answer with, whole; wins over `download`. */
  readonly contentDisposition?: string | undefined;
  /** `Cache-Control` to answer with. */
  readonly cacheControl?: string | undefined;
  /** IP address or range that may use the URL, such as `192.0.2.0/24`; CloudFront only. */
  readonly ipAddress?: string | undefined;
}
