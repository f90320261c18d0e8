import { publicAddress, type BucketAddress } from './bucket-address.ts';
import type { CheckedS3Options } from './checked-options.ts';
import { publicUrl } from './public-url.ts';
import { responseHeaders } from './response-headers.ts';
import type { S3Credentials } from './s3-options.ts';
import type { UrlLifetime } from './url-lifetime.ts';
import type { S3UrlOptions } from './url-options.ts';
import { UrlSigner, type SignedRequest } from './url-signer.ts';

/** A request on an object, besides who signs it and for how long. */
export type ObjectRequest = Pick<
  SignedRequest,
  'method' | 'parameters' | 'headers' | 'absent' | 'key'
>;

/** URLs of the S3 server itself. */
export class BucketUrls {
  readonly #options: CheckedS3Options;
  #place: { readonly address: BucketAddress; readonly signer: UrlSigner } | undefined;

  constructor(options: CheckedS3Options) {
    this.#options = options;
  }

  /** For objects that everybody may read. */
  plain(key: string, { versionId }: S3UrlOptions): string {
    const { origin, path } = this.#found().address;
    return publicUrl(origin + path, key, { versionId });
  }

  /** For who bears it, until it ends. */
  signed(
    key: string,
    options: S3UrlOptions,
    lifetime: UrlLifetime,
    credentials: S3Credentials,
  ): string {
    const method = options.method ?? 'GET';
    return this.request(
      { method, key, parameters: responseHeaders(options) },
      lifetime,
      credentials,
    );
  }

  /** The URL of any request, for who bears it. */
  request(
    request: ObjectRequest,
    { date, expires }: Pick<UrlLifetime, 'date' | 'expires'>,
    credentials: S3Credentials,
  ): string {
    return this.#found().signer.sign({
      ...request,
      parameters: {
        ...request.parameters,
        'x-amz-expected-bucket-owner': this.#options.expectedBucketOwner,
        'x-amz-request-payer': this.#options.requestPayer,
      },
      date,
      expiresIn: expires - date,
      credentials,
    });
  }

  /** Found out when it is needed: importing entities and building storages costs nothing. */
  #found(): { readonly address: BucketAddress; readonly signer: UrlSigner } {
    if (this.#place === undefined) {
      const address = publicAddress(this.#options);
      this.#place = { address, signer: new UrlSigner(address, this.#options.region) };
    }
    return this.#place;
  }
}
