/** What conditions of a request are compared with. */
export interface Validators {
  /** `"…"` */
  readonly etag: string;
  /** An HTTP date; `undefined` where the file's time is none. */
  readonly lastModified: string | undefined;
}

/** Whether the client has this state already; where it knows an ETag, its date is of no account (RFC 9110 §13.2.2). */
export function isNotModified(headers: Headers, { etag, lastModified }: Validators): boolean {
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== null) {
    const tags: readonly string[] = noneMatch.match(/"[^"]*"/g) ?? [];
    return noneMatch.trim() === '*' || tags.includes(etag);
  }
  const since = headers.get('if-modified-since');
  // Every form of such a date begins with a day and names a month; `Date.parse` takes much more.
  if (
    lastModified === undefined ||
    since === null ||
    !/^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/.test(since)
  )
    return false;
  return Date.parse(lastModified) <= Date.parse(since.endsWith('GMT') ? since : `${since} GMT`);
}

/**
 * Whether a range is wanted of just this state: there is no If-Range, or it has the ETag. A date is of no account: within
 * its second the file may have been another one, and every form of it has the same.
 */
export function isRangeWanted(headers: Headers, { etag }: Validators): boolean {
  const condition = headers.get('if-range');
  return condition === null || condition === etag;
}
