import { isPendingMark } from './pending-mark.ts';

/**
 * Deep equality of two snapshots of a file column, whatever the order of keys: PostgreSQL reorders them. A pending
 * file equals nothing, not even itself: no row holds it yet.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return !isPendingMark(a);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [a, b] as Record<string, unknown>[];
  // JSON leaves keys without a value out.
  return Object.keys({ ...a, ...b }).every((key) => sameValue(one?.[key], other?.[key]));
}
