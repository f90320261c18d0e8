import { nearNames } from '@filefield/core/binding';

/** The advice for a word that is unknown: the nearest of those that are known, else where to find them. */
export function didYouMean(word: string, known: Iterable<string>, otherwise: string): string {
  const [near] = nearNames(word, known);
  return near === undefined ? otherwise : `Did you mean "${near}"?`;
}
