import type { Database } from '../journal/database.ts';
import { aliasesElsewhere, judge, namesToFind } from './judge.ts';
import type { JudgedRow, Reference, Verdict } from './judge.ts';
import type { Place } from './places.ts';
import { cannotJudge, fileTables, referencesIn } from './references.ts';
import type { OwnTable } from './references.ts';

/** Why the references of some rows are not known; nothing may be deleted then. */
export class JudgingError extends Error {
  /** One sentence for each reason. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('; '), options);
    this.name = 'JudgingError';
    this.problems = problems;
  }
}

/** What {@link judgeRows} needs to know, and may tell besides. */
export interface JudgeOptions {
  readonly places: readonly Place[];
  readonly ownTables: readonly OwnTable[];
  /** Is given, by the ids of rows, the aliases under which values mean an object of the same name at another place. */
  readonly elsewhere?: Map<string, readonly string[]> | undefined;
}

/**
 * Asks every table that carries our triggers, and decides.
 *
 * @throws {@link JudgingError} when a table of this process lacks its triggers, or one cannot be read completely.
 */
export async function judgeRows(
  database: Database,
  rows: readonly JudgedRow[],
  { places, ownTables, elsewhere }: JudgeOptions,
): Promise<Map<string, Verdict>> {
  const names = namesToFind(rows);
  const references = await database.transaction(async (tx) => {
    // A policy would hide references: with this setting the query fails instead.
    await tx.all(`select pg_catalog.set_config('row_security', 'off', true)`);
    const { tables, problems } = await fileTables(tx, ownTables);
    if (problems.length > 0) throw new JudgingError(problems);
    const found: Reference[] = [];
    for (const table of tables) {
      try {
        found.push(...(await referencesIn(tx, table, names)));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new JudgingError([`${cannotJudge(table)}: ${reason}`], { cause });
      }
    }
    return found;
  });
  const locations = new Map(
    places.flatMap(({ aliases, location }) => aliases.map((alias) => [alias, location])),
  );
  const locationOf = (alias: string): string | undefined => locations.get(alias);
  if (elsewhere !== undefined) {
    const byName = Map.groupBy(references, ({ name }) => name);
    for (const row of rows) {
      const named = namesToFind([row]).flatMap((name) => byName.get(name) ?? []);
      const aliases = aliasesElsewhere(row, named, locationOf);
      if (aliases.length > 0) elsewhere.set(row.id, aliases);
    }
  }
  return judge(rows, references, locationOf);
}
