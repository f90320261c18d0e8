import { StorageOptionsError } from '../errors.ts';
import { assertLifetime, assertSiteUrl } from '../file-system/disk-url.ts';
import { openToken, sealToken } from '../sealed-token.ts';
import { assertKeys } from '../signing-keys.ts';
import { stableExpiry } from '../url-signature.ts';
import type { OnDemandRequest, VariantContext } from './variant-context.ts';
import type { VariantLink } from './variant-link.ts';

/** Options of {@link variantLinks}. */
export interface VariantLinkOptions {
  /** Where `variantHandler()` answers: `https://example.com/variants/`, or a path of the site. */
  readonly baseUrl: string;
  /** Secrets of at least 32 characters; the first signs. */
  readonly keys: readonly string[];
  /** Seconds until the URL of a private file's variant ends, at least half of them are left; 1 to 604,800. Default 3,600. */
  readonly urlExpiresIn?: number | undefined;
}

const purpose = 'variant';

/**
 * Makes the signed URLs of variants that are made on demand, `<baseUrl><token>/<file>`, without a request: the same for
 * half of their life, so that caches work. Nobody can ask for a variant that no field declares.
 *
 * @returns For a field, `Entity.property`, what its files need.
 * @throws {@link StorageOptionsError} for a base that is no URL, or keys that could be guessed.
 */
export function variantLinks(
  options: VariantLinkOptions,
): (field: string) => NonNullable<VariantContext['onDemand']> {
  const { baseUrl, keys, urlExpiresIn = 3600 } = options;
  assertSiteUrl('baseUrl', baseUrl);
  assertKeys('URLs of variants', keys);
  assertLifetime(urlExpiresIn);
  const [key] = keys;
  if (key === undefined) {
    throw new StorageOptionsError('Cannot sign URLs of variants: there are no keys');
  }
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  return (field) => (request) => base + path({ field, request, key, urlExpiresIn });
}

/**
 * What the token of a URL of {@link variantLinks} asks for.
 *
 * @param keys Any of them may have signed it.
 */
export function openVariantLink(
  token: string,
  keys: readonly string[],
  now: Date = new Date(),
):
  | { readonly state: 'valid'; readonly link: VariantLink }
  | { readonly state: 'forged' | 'expired' } {
  const data = openToken(purpose, token, keys);
  if (data === undefined || !isLinkData(data)) return { state: 'forged' };
  const { f: field, s: storage, n: name, v: variant, o: file, d: download, e: expires } = data;
  if (expires !== undefined && expires * 1000 <= now.getTime()) return { state: 'expired' };
  return { state: 'valid', link: { field, storage, name, variant, file, download, expires } };
}

interface LinkData {
  readonly f: string;
  readonly s: string;
  readonly n: string;
  readonly v: string;
  readonly o: string;
  readonly d?: string;
  /** Seconds since the epoch; missing where the URL does not end. */
  readonly e?: number;
}

interface PathParts {
  readonly field: string;
  readonly request: OnDemandRequest;
  readonly key: string;
  readonly urlExpiresIn: number;
}

function path({ field, request, key, urlExpiresIn }: PathParts): string {
  const { row, variant, file, isPublic, options } = request;
  const { expiresIn = urlExpiresIn, download } = options;
  assertLifetime(expiresIn);
  const data: LinkData = {
    f: field,
    s: row.storage,
    n: row.name,
    v: variant,
    o: file,
    ...(typeof download === 'string' && { d: download }),
    ...(!isPublic && { e: stableExpiry(`${row.name}.v/${file}`, expiresIn) }),
  };
  return `${sealToken(purpose, data, key)}/${file}`;
}

function isLinkData(data: object): data is LinkData {
  const { f, s, n, v, o }: Partial<LinkData> = data;
  return [f, s, n, v, o].every((text) => typeof text === 'string');
}
