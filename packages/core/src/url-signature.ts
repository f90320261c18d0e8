import { createHash, createHmac } from 'node:crypto';
import { isSignedBy } from './signing-keys.ts';

/** What a signed URL lets its bearer do. */
export interface UrlGrant {
  /** Alias of the storage; a signature of one is nothing to another. */
  readonly storage: string | undefined;
  readonly name: string;
  /** Seconds since the epoch. */
  readonly expires: number;
  /** `true`, or the filename to offer. */
  readonly download?: boolean | string | undefined;
  /** Media type to answer with. */
  readonly type?: string | undefined;
}

/** The query that makes a URL of a private object valid until it expires. */
export function signUrl(grant: UrlGrant, key: string): URLSearchParams {
  const query = new URLSearchParams({ expires: String(grant.expires) });
  if (grant.download !== undefined && grant.download !== false) {
    query.set('download', grant.download === true ? '' : grant.download);
  }
  if (grant.type !== undefined) query.set('type', grant.type);
  query.set('signature', signature(grant.storage, grant.name, query, key));
  return query;
}

/** Whether the query of a URL was signed with one of the keys for this object, and its time is not over. */
export function verifyUrl(
  object: Pick<UrlGrant, 'storage' | 'name'>,
  query: URLSearchParams,
  keys: readonly string[],
  now: Date = new Date(),
): 'valid' | 'expired' | 'forged' {
  const given = Buffer.from(query.get('signature') ?? '');
  const sign = (key: string): Buffer =>
    Buffer.from(signature(object.storage, object.name, query, key));
  if (!isSignedBy(keys, given, sign)) return 'forged';
  return Number(query.get('expires')) * 1000 > now.getTime() ? 'valid' : 'expired';
}

/**
 * When a URL ends that is made now: the same moment for all of a window of half its life, so that the URL stays the
 * same and caches work. Windows of different names end at different times.
 *
 * @param lifetime Seconds.
 * @returns Seconds since the epoch, at least half the lifetime from now.
 */
export function stableExpiry(name: string, lifetime: number, now: Date = new Date()): number {
  const window = Math.max(1, Math.floor(lifetime / 2));
  const offset = createHash('sha256').update(name).digest().readUInt32BE(0) % window;
  const seconds = Math.floor(now.getTime() / 1000);
  return Math.floor((seconds + offset) / window) * window - offset + lifetime;
}

function signature(
  storage: string | undefined,
  name: string,
  query: URLSearchParams,
  key: string,
): string {
  const granted = ['expires', 'download', 'type'].map((parameter) => query.getAll(parameter));
  const text = JSON.stringify(['filefield-url', 1, storage ?? null, name, ...granted]);
  return createHmac('sha256', key).update(text).digest('base64url');
}
