import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { StorageOptionsError } from '@filefield/core';
import type { CloudFrontOptions } from './custom-domain.ts';
import type { CloudFrontLimits } from './url-options.ts';

/** Until when, and for whom, a signature of CloudFront is good. */
export interface CloudFrontGrant extends CloudFrontLimits {
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** The cookies that let a browser read everything below a path, by name. */
export interface CloudFrontCookies {
  readonly 'CloudFront-Policy': string;
  readonly 'CloudFront-Signature': string;
  readonly 'CloudFront-Key-Pair-Id': string;
  readonly 'CloudFront-Hash-Algorithm'?: 'SHA256';
}

/**
 * Signs URLs and cookies for CloudFront: what `@aws-sdk/cloudfront-signer` makes, with a key that is parsed once, which
 * is three times as fast. Follows "Serve private content with signed URLs and signed cookies" of the CloudFront guide.
 */
export class CloudFrontSigner {
  readonly #keyPairId: string;
  readonly #key: KeyObject;
  readonly #algorithm: 'SHA1' | 'SHA256';

  /** @throws {@link StorageOptionsError} when the private key cannot be read. */
  constructor({ keyPairId, privateKey, algorithm = 'SHA1' }: CloudFrontOptions) {
    this.#keyPairId = keyPairId;
    this.#key = parsedKey(privateKey);
    this.#algorithm = algorithm;
  }

  /** The signed URL: with a canned policy where only its end is limited, else with the policy itself. */
  signUrl(url: string, grant: CloudFrontGrant): string {
    const policy = policyOf(url, grant);
    const isCanned = grant.ipAddress === undefined && grant.startsAt === undefined;
    const parameters = [
      isCanned ? `Expires=${grant.expires}` : `Policy=${urlSafe(Buffer.from(policy))}`,
      `Key-Pair-Id=${encodeURIComponent(this.#keyPairId)}`,
      `Signature=${this.#signature(policy)}`,
      ...(this.#algorithm === 'SHA256' ? ['Hash-Algorithm=SHA256'] : []),
    ];
    return `${url}${url.includes('?') ? '&' : '?'}${parameters.join('&')}`;
  }

  /** @param resource A URL that may hold the wildcards `*` and `?`. */
  signCookies(resource: string, grant: CloudFrontGrant): CloudFrontCookies {
    const policy = policyOf(resource, grant);
    return {
      'CloudFront-Policy': urlSafe(Buffer.from(policy)),
      'CloudFront-Signature': this.#signature(policy),
      'CloudFront-Key-Pair-Id': this.#keyPairId,
      ...(this.#algorithm === 'SHA256' && { 'CloudFront-Hash-Algorithm': 'SHA256' }),
    };
  }

  #signature(policy: string): string {
    return urlSafe(sign(this.#algorithm, Buffer.from(policy), this.#key));
  }
}

/** CloudFront builds canned policies anew and compares signatures: order and spacing are part of its protocol. */
function policyOf(resource: string, { expires, startsAt, ipAddress }: CloudFrontGrant): string {
  if (ipAddress !== undefined) assertAddress(ipAddress);
  const condition = {
    DateLessThan: { 'AWS:EpochTime': expires },
    ...(startsAt !== undefined && {
      DateGreaterThan: { 'AWS:EpochTime': Math.floor(startsAt.getTime() / 1000) },
    }),
    ...(ipAddress !== undefined && {
      IpAddress: { 'AWS:SourceIp': ipAddress.includes('/') ? ipAddress : `${ipAddress}/32` },
    }),
  };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] });
}

function assertAddress(ipAddress: string): void {
  const [address = '', bits = '32', ...more] = ipAddress.split('/');
  const isRange = /^(?:[0-9]|[12][0-9]|3[0-2])$/.test(bits) && more.length === 0;
  if (isIPv4(address) && isRange) return;
  throw new StorageOptionsError(
    `Cannot limit a URL to ${JSON.stringify(ipAddress)}: an IPv4 address or range is wanted, such as "192.0.2.0/24"`,
  );
}

/** CloudFront's own base64 for URLs. */
function urlSafe(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

function parsedKey(privateKey: string): KeyObject {
  try {
    return createPrivateKey(privateKey);
  } catch {
    // Without the cause: what the parser says may quote the key.
    throw new StorageOptionsError(
      'Cannot use the S3 storage: the "privateKey" of cloudfront is no private key in PEM without a passphrase, ' +
        'check that its line breaks are there',
    );
  }
}
