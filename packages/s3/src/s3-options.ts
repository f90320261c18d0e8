import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { CloudFrontOptions, UrlSigningHook } from './custom-domain.ts';
import type { ObjectFacts, ObjectParameters } from './object-parameters.ts';
import type { S3Acl } from './s3-acl.ts';

/** Keys of an account; `sessionToken` and `expiration` where they are temporary. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When temporary keys end: no URL is valid beyond it. */
  readonly expiration?: Date;
}

/** Fetches credentials; called ahead by `ready()` and again before they expire. The providers of the SDK are such functions. */
export type S3CredentialProvider = () => Promise<S3Credentials>;

/** How large objects are written. */
export interface MultipartOptions {
  /** Bytes from which an object of known size is written in parts. Default 8 MiB. */
  readonly threshold?: number | undefined;
  /** Bytes of a part, 5 MiB to 5 GiB; parts grow where 10,000 of them would not do. Default 8 MiB. */
  readonly partSize?: number | undefined;
  /** Parts of one object under way at once; times `partSize` it is the memory of an upload. Default 4. */
  readonly concurrency?: number | undefined;
}

/** What is compressed on its way into the storage. */
export interface GzipOptions {
  /** 1 is fast, 9 is small. Default 6. */
  readonly level?: number | undefined;
}

/** How the server's certificate is checked. */
export interface TlsOptions {
  /** `false` accepts every certificate: for tests only. Default `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Certificates to trust, PEM. Default: those of Node. */
  readonly ca?: string | undefined;
}

/**
 * Encryption on the server's side: `'s3'` with keys of S3, `'kms'` with the account's key of KMS, a key of KMS by its id,
 * or a key of your own (SSE-C: 32 bytes, as bytes or in base64), which S3 does not keep: lose it and the objects are lost.
 */
export type EncryptionOptions =
  | 's3'
  | 'kms'
  | { readonly kmsKeyId: string; readonly bucketKey?: boolean | undefined }
  | { readonly customerKey: Uint8Array | string };

/** The part of the SDK's client configuration that no option of {@link S3StorageOptions} covers. */
export type S3ClientSettings = Omit<S3ClientConfig, OwnedClientSetting>;

type OwnedClientSetting =
  | 'region'
  | 'endpoint'
  | 'forcePathStyle'
  | 'credentials'
  | 'profile'
  | 'useAccelerateEndpoint'
  | 'tls'
  | 'bucketEndpoint'
  | 'requestChecksumCalculation'
  | 'responseChecksumValidation';

/** Options of `S3Storage`. Only `bucket` and `region` are needed on AWS; the defaults are the safe ones: private, signed, nothing overwritten, no ACL. */
export interface S3StorageOptions {
  /** The bucket; it exists already. */
  readonly bucket: string;
  /** The directory of the bucket that holds the objects, such as `media/`; lets storages share a bucket. Default: all of it. */
  readonly prefix?: string | undefined;
  /** The bucket's region. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`; required together with `endpoint`. */
  readonly region?: string | undefined;
  /** The URL of an S3-compatible server. Default: AWS. */
  readonly endpoint?: string | undefined;
  /** The server's URL as browsers reach it, where that is another one; signed URLs are made for it. Default: `endpoint`. */
  readonly publicEndpoint?: string | undefined;
  /** Puts the bucket into the path of URLs instead of the host. Default: `true` for an endpoint that is an IP address or a host without dots, such as `localhost`. */
  readonly forcePathStyle?: boolean | undefined;
  /** Keys, or a function that fetches them. Default: the SDK's chain (environment, files, SSO, the role of the container or machine). */
  readonly credentials?: S3Credentials | S3CredentialProvider | undefined;
  /** A profile of the shared AWS files. Excludes `credentials`. Default: none. */
  readonly profile?: string | undefined;
  /** `public`: everybody may read the objects, URLs are unsigned; the bucket has to allow it. Default `private`. */
  readonly visibility?: 'private' | 'public' | undefined;
  /** ACL to write objects with; buckets made since April 2023 refuse ACLs. Default: none, the bucket decides. */
  readonly acl?: S3Acl | undefined;
  /** Headers to write every object with. Default: none. */
  readonly objectParameters?: ObjectParameters | undefined;
  /** Headers to write one object with; they win over `objectParameters`. Default: none. */
  readonly objectParametersFor?:
    | ((name: string, file: ObjectFacts) => ObjectParameters | undefined)
    | undefined;
  /** Whether URLs are signed and expire. Default: yes where `visibility` is `private`. */
  readonly signedUrls?: boolean | undefined;
  /** Seconds that a signed URL lives, 1 to 604,800. Default 3600. */
  readonly urlExpiresIn?: number | undefined;
  /** Seconds during which the signed URL of an object stays the same, so that caches work; `0`: never. A URL handed out late in its window lives that much shorter. Default: half of `urlExpiresIn`. */
  readonly urlWindow?: number | undefined;
  /** Host or URL that serves the bucket, such as `media.example.com`; without trailing slash. A private storage needs `cloudfront` or `urlSigner` with it. Default: none. */
  readonly customDomain?: string | undefined;
  /** The key pair that signs the URLs of `customDomain` for CloudFront. Default: none. */
  readonly cloudfront?: CloudFrontOptions | undefined;
  /** Signs the URLs of `customDomain` for another content delivery network. Excludes `cloudfront`. Default: none. */
  readonly urlSigner?: UrlSigningHook | undefined;
  /** `save()` replaces an object of the same name unless told otherwise: for static files. Default `false`: it picks a free name. */
  readonly overwrite?: boolean | undefined;
  /** Compresses objects of `gzipTypes`; their size stays the original one. Default `false`. */
  readonly gzip?: boolean | GzipOptions | undefined;
  /** Media types that `gzip` compresses. Default: css, javascript, json and svg. */
  readonly gzipTypes?: readonly string[] | undefined;
  /** Types that browsers run (html, svg, xml, javascript) are stored as attachments; `true` or a list of types lets browsers show them. Default `false`. */
  readonly inlineActiveTypes?: boolean | readonly string[] | undefined;
  /** How large objects are written. */
  readonly multipart?: MultipartOptions | undefined;
  /** How the server's certificate is checked. */
  readonly tls?: TlsOptions | undefined;
  /** The URL of an HTTP proxy. Default: none. */
  readonly proxy?: string | undefined;
  /** Uses the bucket's accelerated endpoint (AWS only; switched on in the bucket). Default `false`. */
  readonly accelerate?: boolean | undefined;
  /** Encryption on the server's side. Default: the bucket decides. */
  readonly sse?: EncryptionOptions | undefined;
  /** The 12 digits of the account that must own the bucket; every request fails otherwise. Default: unchecked. */
  readonly expectedBucketOwner?: string | undefined;
  /** Agrees to pay for requests to a bucket whose owner does not. Default: no. */
  readonly requestPayer?: 'requester' | undefined;
  /** When the SDK adds and checks its own checksums. Default: `when-required` with an `endpoint`, whose server may not know them, else `when-supported`. */
  readonly checksums?: 'when-supported' | 'when-required' | undefined;
  /** A client of your own, or settings for the one that is made: retries, timeouts, logger. A client of your own brings its credentials, the other options still say where the bucket is. Default: none. */
  readonly client?: S3Client | S3ClientSettings | undefined;
}
