/**
 * Compares two names as their UTF-8 bytes, the order in which S3 lists and PostgreSQL's `COLLATE "C"` sorts. JavaScript
 * compares UTF-16 units, which puts U+1F600 before U+FFFD.
 */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return utf8Rank(x) - utf8Rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
