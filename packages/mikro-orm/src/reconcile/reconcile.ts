import { FileFieldError, StorageOptionsError } from '@filefield/core';
import { milliseconds } from '../duration.ts';
import { journalTable } from '../journal/journal-names.ts';
import { Journal } from '../journal/journal.ts';
import { qualified } from '../journal/sql-text.ts';
import { JudgingError } from '../worker/readable-tables.ts';
import { notOurs, takeLocations } from '../worker/owner.ts';
import { placesOf, type Place } from '../worker/places.ts';
import { missingRights } from '../worker/rights.ts';
import type { WorkerOptions } from '../worker/worker-options.ts';
import { aliasOf, comparePlace, type Suspects } from './compare-place.ts';
import { deadObjects } from './dead-objects.ts';
import { Looks } from './look-again.ts';
import {
  emptyReconcileReport,
  type ReconcileOptions,
  type ReconcileReport,
} from './reconcile-report.ts';

/** What reconciling shares with the worker. */
export interface ReconcileHost extends Pick<
  WorkerOptions,
  'database' | 'storages' | 'journalSchema' | 'environment' | 'ownTables'
> {
  /** Milliseconds that an orphan stays once it is listed. */
  readonly grace: number;
  /** The aliases that fields of this process declare. */
  readonly fieldAliases: ReadonlySet<string>;
}

/**
 * Compares storages and database; see `FileFields.reconcile()`.
 *
 * @throws {@link UnknownStorageError}, {@link StorageOptionsError} for an alias or option that cannot be right; errors
 * of the database pass through, and then nothing more is scheduled.
 */
export async function reconcile(
  host: ReconcileHost,
  { aliases, dryRun = true, olderThan = '24h', limit = 10_000, signal }: ReconcileOptions,
): Promise<ReconcileReport> {
  assertLimit(limit);
  const before = new Date(Date.now() - milliseconds('olderThan', olderThan));
  const { database, storages, journalSchema = 'public', ownTables } = host;
  for (const alias of aliases ?? []) storages.get(alias);
  const report = emptyReconcileReport(dryRun);
  const missing = await missingRights(database, journalSchema);
  report.problems.push(
    ...(missing ?? ['Cannot reconcile: the journal is missing, update the schema']),
  );
  if (report.problems.length > 0) return report;

  const journal = qualified(journalSchema, journalTable);
  const { places, problems } = placesOf(storages);
  report.problems.push(...problems);
  const known = places.flatMap((place) => place.aliases);
  const looks = new Looks({ database, journal, places, ownTables: ownTables() });
  for (const place of places.filter(
    ({ aliases: own }) => !aliases || own.some((alias) => aliases.includes(alias)),
  )) {
    try {
      const suspects = await comparePlace(place, {
        database,
        journal,
        ownTables: ownTables(),
        known,
        before,
        limit,
        signal,
      });
      const isOfFields = place.aliases.some((alias) => host.fieldAliases.has(alias));
      if (aliases !== undefined || isOfFields || suspects.isKnown) {
        await tell(report, place, suspects, { host, looks });
      } else report.leftAlone.push(...place.aliases);
    } catch (error) {
      if (!(error instanceof FileFieldError || error instanceof JudgingError)) throw error;
      report.problems.push(`Cannot reconcile storage "${aliasOf(place)}": ${error.message}`);
    }
  }
  report.dead.push(...(await deadObjects(database, journal, known, limit)));
  return report;
}

/** Adds to the report what a second look confirms, and schedules it unless this is a dry run. */
async function tell(
  report: ReconcileReport,
  place: Place,
  suspects: Suspects,
  { host, looks }: { host: ReconcileHost; looks: Looks },
): Promise<void> {
  for (const [key, count] of Object.entries(suspects.counts)) {
    report[key as keyof Suspects['counts']] += count;
  }
  report.missing.push(...(await looks.missing(place, suspects.missing)));
  report.differences.push(...(await looks.differing(place, suspects.differences)));
  const isOurs = report.dryRun || (await takesPlace(report, place, host));
  for await (const orphans of looks.unreferenced(place, suspects.orphans)) {
    if (isOurs) await schedule(report, place, orphans, host);
    report.orphans.push(...orphans);
  }
  for await (const unfinished of looks.unreferenced(place, suspects.unfinished)) {
    if (isOurs) await schedule(report, place, unfinished, host);
    report.unfinished.push(...unfinished);
  }
}

async function takesPlace(
  report: ReconcileReport,
  place: Place,
  host: ReconcileHost,
): Promise<boolean> {
  const journal = await new Journal(host.database, host.journalSchema).identity();
  const us = { environment: host.environment ?? null, journal };
  const foreign = await takeLocations(place.storages, us);
  if (foreign.length === 0) return true;
  const alias = aliasOf(place);
  const reason = notOurs(place.storages, foreign);
  report.problems.push(`Cannot schedule orphans of storage "${alias}": ${reason}`);
  return false;
}

async function schedule(
  report: ReconcileReport,
  { aliases: [storage = ''], location }: Place,
  findings: readonly { readonly name: string }[],
  { database, journalSchema, grace }: ReconcileHost,
): Promise<void> {
  if (report.dryRun) return;
  const objects = findings.map(({ name }) => ({
    storage,
    location,
    name,
    reason: 'orphan' as const,
  }));
  const tickets = await new Journal(database, journalSchema).schedule(objects, grace);
  report.scheduled += tickets.length;
}

function assertLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 0) return;
  throw new StorageOptionsError(`Cannot use ${limit} as limit: a whole number from 0 is wanted`);
}
