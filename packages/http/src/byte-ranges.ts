/** A part of an object that a client asks for. */
export interface ByteSpan {
  /** First byte. */
  readonly start: number;
  /** First byte that is left out. */
  readonly end: number;
}

/** Ranges that one request may ask for; with more it gets all of the object (RFC 9110 §17.15). */
const mostRanges = 20;

/**
 * The parts that a Range header asks for, in its order; overlapping and adjacent ones become one, so that an answer is
 * never larger than the object.
 *
 * @param size Bytes of the object.
 * @returns `'all'` where the header is to be ignored: absent, another unit, malformed or excessive.
 * `'unsatisfiable'` where every range begins behind the end.
 */
export function byteRanges(
  header: string | null,
  size: number,
): readonly ByteSpan[] | 'all' | 'unsatisfiable' {
  const [, list] = /^bytes=(.*)$/is.exec(header ?? '') ?? [];
  if (list === undefined) return 'all';
  const specs = list
    .split(',')
    .map((spec) => spec.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
    .filter((spec) => spec !== '');
  if (specs.length === 0 || specs.length > mostRanges) return 'all';
  const spans: ByteSpan[] = [];
  for (const spec of specs) {
    const span = spanOf(spec, size);
    if (span === undefined) return 'all';
    if (span !== 'unsatisfiable') spans.push(span);
  }
  if (spans.length === 0) return 'unsatisfiable';
  // The last bytes of nothing can be had, but no Content-Range can tell them.
  return size === 0 ? 'all' : combined(spans);
}

/** One range; `undefined` when it is malformed, which makes the whole header so. */
function spanOf(spec: string, size: number): ByteSpan | 'unsatisfiable' | undefined {
  const suffix = /^-(\d+)$/.exec(spec)?.[1];
  if (suffix !== undefined) {
    const length = Number(suffix);
    return length === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size };
  }
  const [, first, last] = /^(\d+)-(\d*)$/.exec(spec) ?? [];
  if (first === undefined) return undefined;
  const start = Number(first);
  const end = last === '' ? Infinity : Number(last) + 1;
  if (end <= start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size) };
}

function combined(spans: readonly ByteSpan[]): ByteSpan[] {
  const found: ByteSpan[] = [];
  for (const span of spans) {
    let { start, end } = span;
    let at = found.length;
    for (let index = found.length - 1; index >= 0; index--) {
      const other = found[index];
      if (other === undefined || other.start > end || other.end < start) continue;
      start = Math.min(start, other.start);
      end = Math.max(end, other.end);
      found.splice(index, 1);
      at = index;
    }
    found.splice(at, 0, { start, end });
  }
  return found;
}
