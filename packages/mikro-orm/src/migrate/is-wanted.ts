import type { NameFacts } from './name-facts.ts';
import type { NamePair } from './pairs-by-name.ts';

/**
 * Whether an object of the source belongs at the target: everything does, but what was deleted at either end, and what an
 * earlier run has seen there, or was about to bring, and its rows have let go of since.
 */
export function isWanted({ target }: NamePair, facts: NameFacts): boolean {
  if (target !== undefined || facts.isReferred) return true;
  if (facts.isGone || facts.isBuried) return false;
  return facts.isListed || !facts.wasWanted;
}
