import { StorageOptionsError } from '@filefield/core';

/** Options of {@link corsRules}. */
export interface CorsOptions {
  /** Where the pages come from: `https://app.example.com`; one `*` stands for any subdomain. */
  readonly origins: readonly string[];
  /** Whether they upload, besides reading. Default `true`. */
  readonly uploads?: boolean | undefined;
  /** Seconds for which a browser need not ask again. Default 3600. */
  readonly maxAge?: number | undefined;
}

/** The CORS configuration of a bucket, as `PutBucketCors` and `aws s3api put-bucket-cors --cors-configuration` take it. */
export interface CorsConfiguration {
  readonly CORSRules: {
    readonly ID: string;
    readonly AllowedOrigins: string[];
    readonly AllowedMethods: string[];
    readonly AllowedHeaders: string[];
    readonly ExposeHeaders: string[];
    readonly MaxAgeSeconds: number;
  }[];
}

/**
 * The CORS rules that a bucket needs for pages which read its objects with scripts and upload to it: forms, PUTs and
 * uploads in parts. Who may do so is still decided by the signature alone.
 *
 * @throws {@link StorageOptionsError} when an origin is none.
 */
export function corsRules({
  origins,
  uploads = true,
  maxAge = 3600,
}: CorsOptions): CorsConfiguration {
  if (origins.length === 0) throw wrong('there is no origin');
  for (const origin of origins) assertOrigin(origin);
  // One rule: servers (Ceph 16) look at the headers of the first one with the origin and the method.
  const rule = {
    ID: 'filefield',
    AllowedOrigins: [...origins],
    AllowedMethods: ['GET', 'HEAD', ...(uploads ? ['DELETE', 'POST', 'PUT'] : [])],
    AllowedHeaders: [...conditions, 'range', ...(uploads ? sentWithUploads : [])],
    ExposeHeaders: ['Accept-Ranges', 'Content-Disposition', 'Content-Range', 'ETag'],
    MaxAgeSeconds: maxAge,
  };
  return { CORSRules: [rule] };
}

const conditions = ['if-match', 'if-modified-since', 'if-none-match', 'if-range'];
const sentWithUploads = ['content-disposition', 'content-type', 'x-amz-*'];

function assertOrigin(origin: string): void {
  const plain = origin.replace('://*.', '://');
  const isOrigin = /^https?:\/\/[^*]+$/.test(plain) && URL.canParse(plain);
  if (isOrigin && new URL(plain).origin === plain) return;
  throw wrong(`${JSON.stringify(origin)} is no origin such as "https://app.example.com"`);
}

function wrong(problem: string): StorageOptionsError {
  return new StorageOptionsError(`Cannot write CORS rules: ${problem}`);
}
