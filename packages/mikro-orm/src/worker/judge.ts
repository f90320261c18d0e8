/** What a row of the journal is about. */
export interface JudgedRow {
  readonly id: string;
  /** The alias it was journaled under. */
  readonly storage: string;
  /** The location that this alias means. */
  readonly location: string;
  readonly name: string;
  /** A migration is giving its hold up: a value of the name counts under every alias. */
  readonly isSettling?: boolean | null;
}

/** A value found in a file column, or one of the variants that it lists. */
export interface Reference {
  /** The alias in the value; `null` where a foreign writer left it out. */
  readonly storage: string | null;
  readonly name: string;
  /** The value says `"owned": false`: it uses an object that is not its own. */
  readonly borrowed: boolean;
}

/**
 * What the references say about an object. `borrowed`: only values that do not own it refer to it, so it is
 * neither deleted nor forgotten.
 */
export type Verdict = 'referenced' | 'borrowed' | 'unreferenced';

/**
 * Decides for each row, by its id, whether its object is in use. A reference counts unless it is proved to mean
 * another place: an alias that this process does not know counts.
 *
 * @param locationOf The location of an alias, or `undefined` when this process does not know it.
 */
export function judge(
  rows: readonly JudgedRow[],
  references: readonly Reference[],
  locationOf: (alias: string) => string | undefined,
): Map<string, Verdict> {
  const byName = Map.groupBy(references, (reference) => reference.name);
  return new Map(
    rows.map((row) => {
      const found = (byName.get(row.name) ?? []).filter(
        (reference) => row.isSettling === true || mayMean(reference, row, locationOf),
      );
      return [row.id, verdict(found)];
    }),
  );
}

/**
 * The aliases of values that are proved to mean another place than a row does.
 *
 * @param references Those to its name.
 */
export function aliasesElsewhere(
  { location }: JudgedRow,
  references: readonly Reference[],
  locationOf: (alias: string) => string | undefined,
): string[] {
  const aliases = references.flatMap(({ storage }) => storage ?? []);
  return [...new Set(aliases)].filter((alias) => (locationOf(alias) ?? location) !== location);
}

function verdict(found: readonly Reference[]): Verdict {
  if (found.length === 0) return 'unreferenced';
  return found.every((reference) => reference.borrowed) ? 'borrowed' : 'referenced';
}

function mayMean(
  reference: Reference,
  row: JudgedRow,
  locationOf: (alias: string) => string | undefined,
): boolean {
  if (reference.storage === null || reference.storage === row.storage) return true;
  const location = locationOf(reference.storage);
  return location === undefined || location === row.location;
}
