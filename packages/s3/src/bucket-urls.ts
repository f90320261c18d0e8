import { publicAddress, type BucketAddress } from './bucket-address.ts';
import type { CheckedS3Options } from './checked-options.ts';
import { publicUrl } from './public-url.ts';
import { responseHeaders } from './response-headers.ts';
import type { S3Credentials } from './s3-options.ts';
import type { UrlLifetime } from './url-lifetime.ts';
import type { S3UrlOptions } from './url-options.ts';
import { UrlSigner } from './url-signer.ts';

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
    { date, expires }: UrlLifetime,
    credentials: S3Credentials,
  ): string {
    return this.#found().signer.sign({
      method: options.method ?? 'GET',
      key,
      parameters: {
        ...responseHeaders(options),
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
