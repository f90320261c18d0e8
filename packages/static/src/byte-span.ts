/** A part of a file. */
export interface ByteSpan {
  /** First byte. */
  readonly start: number;
  /** First byte that is left out. */
  readonly end: number;
}

/**
 * The one range that a Range header asks for.
 *
 * @param size Bytes of the file.
 * @returns `'all'` where the header is to be ignored: absent, another unit, malformed, or of several ranges.
 * `'unsatisfiable'` where the range begins behind the end.
 */
export function byteSpan(header: string | null, size: number): ByteSpan | 'all' | 'unsatisfiable' {
  const [, first, last, suffix] =
    /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i.exec(header ?? '') ?? [];
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  if (first === undefined) return 'all';
  const start = Number(first);
  const end = last === '' ? Infinity : Number(last) + 1;
  if (end <= start) return 'all';
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size) };
}
