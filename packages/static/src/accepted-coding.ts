/** A coding of HTTP that files are compressed in beforehand, and the extension that it adds. */
export const codings = [
  { coding: 'br', extension: '.br' },
  { coding: 'gzip', extension: '.gz' },
] as const;

/** What a file is sent as: itself, or compressed. */
export interface Variant {
  /** `undefined`: the file itself. */
  readonly coding: (typeof codings)[number]['coding'] | undefined;
  /** Bytes. */
  readonly size: number;
}

/**
 * The variant that a client likes best, and of those the smallest; compressed only where it names the coding: `*` is
 * what programs say that decode none.
 *
 * @param header Accept-Encoding.
 * @param plain The file itself, which is sent where nothing else is accepted.
 */
export function acceptedVariant<Each extends Variant>(
  header: string | null,
  plain: Each,
  compressed: readonly Each[],
): Each {
  const weights = weightsOf(header ?? '');
  const least = weights.get('identity') ?? 0;
  let best = plain;
  let weight = least;
  for (const variant of compressed) {
    const liked = weights.get(variant.coding ?? '') ?? 0;
    if (liked === 0 || liked < weight || variant.size >= plain.size) continue;
    if (liked > weight || variant.size < best.size) best = variant;
    weight = liked;
  }
  return best;
}

/** Weights by coding (RFC 9110 §12.4.2, §12.5.3); one that is no number between 0 and 1 names nothing. */
function weightsOf(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of header.toLowerCase().split(',', 50)) {
    const [, name, weight = '1'] =
      /^\s*([\w*-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(part) ?? [];
    if (name === undefined || Number(weight) > 1) continue;
    weights.set(name === 'x-gzip' ? 'gzip' : name, Number(weight));
  }
  return weights;
}
