import type { Database } from '../journal/database.ts';
import { aliasesElsewhere, judge } from './judge.ts';
import type { JudgedRow, Verdict } from './judge.ts';
import type { Place } from './places.ts';
import { JudgingError, readableTables } from './readable-tables.ts';
import { cannotJudge, referencesIn } from './references.ts';
import type { FoundReference, OwnTable } from './references.ts';

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
  const names = [...new Set(rows.map(({ name }) => name))];
  const references = await referencesTo(database, ownTables, names);
  const locations = new Map(
    places.flatMap(({ aliases, location }) => aliases.map((alias) => [alias, location])),
  );
  const locationOf = (alias: string): string | undefined => locations.get(alias);
  if (elsewhere !== undefined) {
    const byName = Map.groupBy(references, ({ name }) => name);
    for (const row of rows) {
      const aliases = aliasesElsewhere(row, byName.get(row.name) ?? [], locationOf);
      if (aliases.length > 0) elsewhere.set(row.id, aliases);
    }
  }
  return judge(rows, references, locationOf);
}

/**
 * Every value of every table that has one of the names, or lists a variant that has.
 *
 * @param facts What else each is asked for, by the keys of its JSON, of a variant those of its entry; `null` where it does not tell.
 * @throws {@link JudgingError} when a table of this process lacks its triggers, or one cannot be read completely.
 */
export async function referencesTo<Fact extends string = never>(
  database: Database,
  ownTables: readonly OwnTable[],
  names: readonly string[],
  facts: readonly Fact[] = [],
): Promise<FoundReference<Fact>[]> {
  return await database.transaction(async (tx) => {
    const found: FoundReference<Fact>[] = [];
    for (const table of await readableTables(tx, ownTables)) {
      try {
        found.push(...(await referencesIn(tx, table, names, facts)));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new JudgingError([`${cannotJudge(table)}: ${reason}`], { cause });
      }
    }
    return found;
  });
}
