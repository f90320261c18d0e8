/**
 * Why a row was left as it is: its value is no name (`name`) or lies below no base URL (`url`), there is no such object
 * (`missing`), it has no bytes (`empty`), it was exchanged while it was read (`changed`), it is being reclaimed or gone
 * (`reclaimed`), the storage failed (`storage`), a constraint of the table refuses the row (`refused`), or it
 * is no image that can be measured, or made smaller (`image`), or nobody here can make it smaller (`engine`).
 */
export type RowProblemKind =
  | 'name'
  | 'url'
  | 'missing'
  | 'empty'
  | 'changed'
  | 'reclaimed'
  | 'storage'
  | 'refused'
  | 'image'
  | 'engine';

/** A row that was left as it is. */
export interface RowProblem {
  /** The primary key, each column as text. */
  readonly key: Readonly<Record<string, string>>;
  /** What the row holds; of a URL without its query, of an absolute path the last part. */
  readonly value: string;
  readonly kind: RowProblemKind;
  /** One sentence. */
  readonly reason: string;
}

/** What is wrong with a row, before it is known which. */
export interface Flaw {
  readonly kind: RowProblemKind;
  readonly reason: string;
}

/** The first problems, and how many there are of each kind. */
export class RowProblems {
  readonly told: RowProblem[] = [];
  readonly counts: Partial<Record<RowProblemKind, number>> = {};
  #more = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Problems that were counted and are not told. */
  get more(): number {
    return this.#more;
  }

  add(problem: RowProblem): void {
    this.counts[problem.kind] = (this.counts[problem.kind] ?? 0) + 1;
    if (this.told.length < this.#limit) this.told.push(problem);
    else this.#more += 1;
  }
}
