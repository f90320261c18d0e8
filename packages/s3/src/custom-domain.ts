/** The key pair of a CloudFront key group. */
export interface CloudFrontOptions {
  /** The id of the public key, such as `K2JCJMDEHXQW5F`. */
  readonly keyPairId: string;
  /** The private key, PEM. */
  readonly privateKey: string;
  /** Hash of the signatures. Default `SHA1`, which every distribution understands. */
  readonly algorithm?: 'SHA1' | 'SHA256' | undefined;
}

/** What a {@link UrlSigningHook} is to sign. */
export interface UrlToSign {
  /** The URL without signature. */
  readonly url: string;
  /** The object's name inside the storage. */
  readonly name: string;
  /** When the URL is to end. */
  readonly expires: Date;
}

/** Answers the signed URL; called without waiting and kept for a window. */
export type UrlSigningHook = (target: UrlToSign) => string;
