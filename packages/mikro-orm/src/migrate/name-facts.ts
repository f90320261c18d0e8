import type { Database } from '../journal/database.ts';
import type { JournalReason } from '../journal/file-journal.ts';
import { referencesTo } from '../worker/judge-rows.ts';
import type { FoundReference, OwnTable } from '../worker/references.ts';
import type { Marks } from './marks.ts';
import type { Route } from './route.ts';
import type { Hold } from './target-holds.ts';

/** What {@link factsOf} asks. */
export interface FactsSource {
  readonly database: Database;
  /** The journal's table, quoted and qualified. */
  readonly journal: string;
  readonly ownTables: () => readonly OwnTable[];
}

/** What the database says of a name now. */
export interface NameFacts {
  /** A value may mean the object at either end. */
  readonly isReferred: boolean;
  /** One of these owns it. */
  readonly isOwned: boolean;
  /** A value that owns it means, for sure, the object at the target. */
  readonly isProtected: boolean;
  /** The journal lists the object at the source, in any state, and not only because of a migration. */
  readonly isListed: boolean;
  /** It was deleted at the source, or is not deleted only just. */
  readonly isGone: boolean;
  /** What the journal lists it for is, or was, a migration that it was wanted in. */
  readonly wasWanted: boolean;
  /** The object at the target is to be deleted, as the origin of an earlier migration. */
  readonly isLeaving: boolean;
  /** It is held at the target, by a migration from this source. */
  readonly hold: Hold | undefined;
  /** The object at the target was deleted, and its name is barred. */
  readonly isBuried: boolean;
  /** What a row knows. */
  readonly type: string | undefined;
  readonly filename: string | undefined;
}

/** Of a name that the database does not know. */
export const nothingKnown: NameFacts = {
  isReferred: false,
  isOwned: false,
  isProtected: false,
  isListed: false,
  isGone: false,
  wasWanted: false,
  isLeaving: false,
  hold: undefined,
  isBuried: false,
  type: undefined,
  filename: undefined,
};

/**
 * What the database says of some names. The journal is asked before and after the rows: a name on its way from one to
 * the other is seen.
 *
 * @throws {@link JudgingError} when a table of this process lacks its triggers, or one cannot be read completely.
 */
export async function factsOf(
  asked: FactsSource,
  route: Route,
  names: readonly string[],
): Promise<Map<string, NameFacts>> {
  const before = await entriesOf(asked, names);
  const { database, ownTables } = asked;
  const referring = await referencesTo(database, ownTables(), names, ['type', 'filename']);
  const values = Map.groupBy(referring, ({ name }) => name);
  const after = await entriesOf(asked, names);
  const entries = Map.groupBy([...before, ...after], ({ name }) => name);
  return new Map(
    names.map((name) => [name, factsOfName(route, values.get(name), entries.get(name))]),
  );
}

type ValueRow = FoundReference<'type' | 'filename'>;

interface EntryRow {
  readonly id: string;
  readonly storage: string;
  readonly location: string | null;
  readonly name: string;
  readonly state: number;
  readonly reason: JournalReason;
  readonly uploadId: string | null;
  readonly migration: Marks | null;
}

function factsOfName(
  route: Route,
  values: readonly ValueRow[] = [],
  entries: readonly EntryRow[] = [],
): NameFacts {
  const { source, target, sourceAliases, targetAliases, known } = route;
  const meant = values.filter(
    ({ storage }) =>
      storage === null ||
      !known.includes(storage) ||
      sourceAliases.includes(storage) ||
      targetAliases.includes(storage),
  );
  const owned = meant.filter(({ borrowed }) => !borrowed);
  const at = (location: string, { storage, location: written }: EntryRow): boolean =>
    route.placesOf(storage, written)?.includes(location) ?? true;
  const listing = entries.filter((entry) => entry.migration === null);
  const listed = listing.filter((entry) => at(source.location, entry));
  // What another migration is bringing to the source has been let go of by nobody.
  const isComing = ({ location, reason, migration }: EntryRow): boolean =>
    location === source.location && reason === 'migrating' && migration?.other !== target.location;
  const hold = entries.find(
    ({ storage, location, state, reason, migration }) =>
      location === target.location &&
      storage === route.to &&
      state === 0 &&
      reason === 'migrating' &&
      migration?.other === source.location,
  );
  return {
    isReferred: meant.length > 0,
    isOwned: owned.length > 0,
    isProtected: owned.some(({ storage }) => storage !== null && targetAliases.includes(storage)),
    isListed: listed.length > 0,
    isGone: listed.some(({ state }) => state === 2),
    wasWanted: entries.some((entry) => entry.migration?.wanted === true && !isComing(entry)),
    isLeaving: entries.some(
      ({ location, reason, state }) =>
        location === target.location && reason === 'migrated' && state < 2,
    ),
    hold: hold?.migration ? { ...hold, isOld: true, marks: hold.migration } : undefined,
    isBuried: entries.some((entry) => entry.state === 2 && at(target.location, entry)),
    type: meant.find(({ type }) => type !== null)?.type ?? undefined,
    filename: meant.find(({ filename }) => filename !== null)?.filename ?? undefined,
  };
}

async function entriesOf(
  { database, journal }: FactsSource,
  names: readonly string[],
): Promise<EntryRow[]> {
  return await database.all<EntryRow>(
    `select j.id::text as "id", j.storage as "storage", j.location as "location", j.name as "name", j.state as "state", j.reason as "reason",
      j.upload_id as "uploadId", j.value -> 'migration' as "migration"
    from ${journal} j
    where j.name = any (array(select pg_catalog.jsonb_array_elements_text(?::jsonb))) and j.storage <> '' and j.reason <> 'alias'`,
    [JSON.stringify(names)],
  );
}
