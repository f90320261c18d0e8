/** An entity tag of RFC 9110 §8.8.3: `"…"`, weak with `W/` in front. */
const entityTag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/**
 * Whether a list of entity tags, or `*`, names this one.
 *
 * @param comparison `strong`: both are strong and the same. `weak`: the same but for `W/`.
 */
export function hasEntityTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  const tags: readonly string[] = list.match(entityTag) ?? [];
  if (comparison === 'strong') return isStrong(etag) && tags.includes(etag);
  return tags.some((tag) => opaque(tag) === opaque(etag));
}

/** Whether an entity tag promises the same bytes, not only the same meaning. */
export function isStrong(etag: string): boolean {
  return !etag.startsWith('W/');
}

function opaque(etag: string): string {
  return isStrong(etag) ? etag : etag.slice(2);
}
