import { hasEntityTag, isStrong } from './entity-tag.ts';
import { httpDate } from './http-date.ts';

/** What conditions of a request are compared with. */
export interface Validators {
  readonly etag: string;
  readonly lastModified: Date | undefined;
}

/** What the conditions of a GET or HEAD ask for, in the order of RFC 9110 §13.2.2. */
export function precondition(
  headers: Headers,
  { etag, lastModified }: Validators,
): 'serve' | 'not modified' | 'failed' {
  const modified = secondsOf(lastModified);
  const match = headers.get('if-match');
  const unmodifiedSince = httpDate(headers.get('if-unmodified-since'));
  if (match !== null) {
    if (!hasEntityTag(match, etag, 'strong')) return 'failed';
  } else if (modified !== undefined && unmodifiedSince !== undefined) {
    if (modified > unmodifiedSince) return 'failed';
  }
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== null) return hasEntityTag(noneMatch, etag, 'weak') ? 'not modified' : 'serve';
  const modifiedSince = httpDate(headers.get('if-modified-since'));
  if (modified === undefined || modifiedSince === undefined) return 'serve';
  return modified > modifiedSince ? 'serve' : 'not modified';
}

/** Whether a range is wanted of just this state: there is no If-Range, or its validator is strong and the same. */
export function isRangeWanted(headers: Headers, { etag, lastModified }: Validators): boolean {
  const condition = headers.get('if-range');
  if (condition === null) return true;
  if (condition.endsWith('"')) return isStrong(etag) && condition === etag;
  const modified = secondsOf(lastModified);
  // A second is as exact as such a date is: within it the bytes may have changed again (RFC 9110 §8.8.2.2).
  const isOver = modified !== undefined && Date.now() / 1000 - modified > 1;
  return isOver && httpDate(condition) === modified;
}

function secondsOf(date: Date | undefined): number | undefined {
  return date && Math.floor(date.getTime() / 1000);
}
