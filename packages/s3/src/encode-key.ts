/** A value as SigV4 wants it in a query: everything but unreserved characters (RFC 3986) is percent-encoded. */
export function encodeStrictly(value: string): string {
  // Most values are plain; looking is cheaper than encoding.
  if (/^[\w.~-]*$/.test(value)) return value;
  return encodeURIComponent(value).replaceAll(/[!'()*]/g, escaped);
}

/** A key as the path of a URL that is signed. */
export function encodeKey(key: string): string {
  if (/^[\w.~/-]*$/.test(key)) return key;
  return key.split('/').map(encodeStrictly).join('/');
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
