import type { FileStat } from '@filefield/core';
import { mergedWalk } from '@filefield/core/binding';
import type { Database } from '../journal/database.ts';
import { readableTables } from '../worker/readable-tables.ts';
import type { Place } from '../worker/places.ts';
import type { OwnTable } from '../worker/references.ts';
import { linesInOrder } from './lines-in-order.ts';
import { matchByName, type NameMatch } from './match-by-name.ts';
import type {
  MissingObject,
  Orphan,
  ReconcileReport,
  SizeDifference,
  UnfinishedLeft,
} from './reconcile-report.ts';

/** What {@link comparePlace} needs to know. */
export interface Comparison {
  readonly database: Database;
  readonly journal: string;
  readonly ownTables: readonly OwnTable[];
  /** Every alias of this process. */
  readonly known: readonly string[];
  /** What was written later is too young to be judged. */
  readonly before: Date;
  /** Findings of each kind that are kept. */
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
}

/** What a comparison makes suspicious; the world has gone on since. */
export interface Suspects {
  readonly orphans: Orphan[];
  readonly missing: MissingObject[];
  readonly differences: SizeDifference[];
  readonly unfinished: UnfinishedLeft[];
  /** Whether a row refers to an object of the place, or the journal lists one. */
  isKnown: boolean;
  readonly counts: Pick<ReconcileReport, 'objects' | 'bytes' | 'references' | 'young' | 'more'>;
}

/**
 * Compares all objects of a place with the database as it is when this begins.
 *
 * @throws {@link JudgingError} when a table of this process lacks its triggers or rows are hidden; errors of the
 * database and of the storage pass through.
 */
export async function comparePlace(place: Place, comparison: Comparison): Promise<Suspects> {
  const { database, journal, ownTables, known, limit, signal } = comparison;
  const suspects: Suspects = {
    orphans: [],
    missing: [],
    differences: [],
    unfinished: [],
    isKnown: false,
    counts: { objects: 0, bytes: 0, references: 0, young: 0, more: 0 },
  };
  const add = <Finding>(findings: Finding[], finding: Finding): void => {
    if (findings.length < limit) findings.push(finding);
    else suspects.counts.more += 1;
  };
  await database.transaction(async (tx) => {
    const tables = await readableTables(tx, ownTables);
    const lines = linesInOrder(tx, { journal, tables, place, known });
    for await (const match of matchByName(walkPlace(place), lines)) {
      signal?.throwIfAborted();
      if (match.isReferred || match.isListed) suspects.isKnown = true;
      judgeName(match, place, comparison.before, suspects, add);
    }
  });
  for (const storage of place.storages) {
    for await (const { name, modifiedAt } of storage.unfinished?.() ?? []) {
      signal?.throwIfAborted();
      if (modifiedAt >= comparison.before) suspects.counts.young += 1;
      else add(suspects.unfinished, { storage: aliasOf(place), name, modifiedAt });
    }
  }
  return suspects;
}

/** Every object of a place, each once. */
function walkPlace({ storages }: Place): AsyncIterable<FileStat> {
  return storages
    .map((storage) => storage.walk())
    .reduceRight((rest, files) => mergedWalk(files, rest));
}

/** The alias under which findings of a place are told. */
export function aliasOf({ aliases: [alias = ''] }: Place): string {
  return alias;
}

function judgeName(
  { name, object, isListed, isReferred, value, differing }: NameMatch,
  place: Place,
  before: Date,
  { orphans, missing, differences, counts }: Suspects,
  add: <Finding>(findings: Finding[], finding: Finding) => void,
): void {
  const about = { storage: aliasOf(place), name };
  if (isReferred) counts.references += 1;
  if (object === undefined) {
    if (value !== undefined) add(missing, { ...about, column: value.column });
    return;
  }
  const { size, modifiedAt } = object;
  counts.objects += 1;
  counts.bytes += size;
  if (differing?.size !== undefined) {
    const { column, size: expected } = differing;
    add(differences, { ...about, column, expected, received: size });
  }
  if (isReferred || isListed) return;
  if (modifiedAt >= before) counts.young += 1;
  else add(orphans, { ...about, size, modifiedAt });
}
