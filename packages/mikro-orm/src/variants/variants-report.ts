/** What a worker did about variants. */
export interface VariantsReport {
  /** Originals whose rows list all their variants now. */
  originals: number;
  /** Objects stored for them. */
  variants: number;
  /** Originals that no row held any more. */
  gone: number;
  /** Originals that are to be tried again, because of the storage, the database or the engine. */
  failed: number;
  /** Originals of which nothing can be made; they are tried again a few times, and then once a week. */
  refused: number;
  /** Why, one sentence each; up to 100. */
  readonly problems: string[];
}

/** A report of nothing. */
export function emptyVariantsReport(): VariantsReport {
  return { originals: 0, variants: 0, gone: 0, failed: 0, refused: 0, problems: [] };
}

/** Adds a problem, once. */
export function addVariantProblem({ problems }: VariantsReport, problem: string): void {
  if (problems.length < 100 && !problems.includes(problem)) problems.push(problem);
}
