import { reach } from '../fail-points.ts';
import { journalTable } from '../journal/journal-names.ts';
import { Journal } from '../journal/journal.ts';
import { qualified } from '../journal/sql-text.ts';
import { backoff, maxAttempts } from './backoff.ts';
import { addProblem, emptyReport } from './drain-report.ts';
import type { DrainReport } from './drain-report.ts';
import { awaitFence } from './fence.ts';
import { judgeRows } from './judge-rows.ts';
import type { Verdict } from './judge.ts';
import { lastCopies } from './last-copies.ts';
import { lease } from './lease.ts';
import type { LeasedRow } from './lease.ts';
import { assertEnvironment, notOurs, takeLocations } from './owner.ts';
import { placesOf } from './places.ts';
import type { Place } from './places.ts';
import { JudgingError } from './readable-tables.ts';
import { reclaimBatch, reclaimEverywhere } from './reclaim.ts';
import { fileTables } from './references.ts';
import { bury, drop, postpone, recordFailures, waitForFence } from './settle.ts';
import { survey } from './survey.ts';
import { leaseTombstones, tombstoneSeconds } from './tombstones.ts';
import type { ReclaimedObject } from './worker-events.ts';
import type { WorkerOptions } from './worker-options.ts';

const day = 24 * 60 * 60;

/** Batches that are being deleted while the next is leased and judged, so that a storage never waits for the database. */
const deletingAtOnce = 2;

/**
 * Works off what is due, batch by batch, until nothing is left that can be done now.
 *
 * @param isStopping Asked between two batches.
 * @throws {@link StorageOptionsError} when the environment is missing. Errors of the database pass through.
 */
export async function drainDue(
  options: WorkerOptions,
  isStopping: () => boolean,
): Promise<DrainReport> {
  const report = emptyReport();
  const { places, problems } = placesOf(options.storages);
  assertEnvironment(places, options.environment);
  const journal = qualified(options.journalSchema ?? 'public', journalTable);
  const found = await survey(options.database, journal, places);
  for (const problem of [...problems, ...found.problems]) addProblem(report, problem);

  // A journal that was empty when PostgreSQL last looked makes it read whole indexes for each name. Without the
  // right to analyze this is a warning.
  if (found.count >= reclaimBatch) {
    await options.database.all(`analyze (skip_locked) ${journal}`);
  }
  const drain = new Drain(options, journal, places, report, isStopping);
  let busy = found.due.length > 0;
  try {
    while (busy && !isStopping()) busy = await drain.next(found.due);
  } finally {
    await drain.end();
  }
  return report;
}

/** One run over what is due. */
class Drain {
  readonly #options: WorkerOptions;
  readonly #journal: string;
  readonly #places: readonly Place[];
  readonly #report: DrainReport;
  readonly #isStopping: () => boolean;
  readonly #deleting: Promise<void>[] = [];

  constructor(
    options: WorkerOptions,
    journal: string,
    places: readonly Place[],
    report: DrainReport,
    isStopping: () => boolean,
  ) {
    this.#options = options;
    this.#journal = journal;
    this.#places = places;
    this.#report = report;
    this.#isStopping = isStopping;
  }

  /** Does one batch of deletions, else one of purges; `false` when there was none, or nothing may be deleted. */
  async next(due: readonly Place[]): Promise<boolean> {
    const { problems } = await fileTables(this.#options.database, this.#options.ownTables());
    this.#addProblems(problems);
    if (problems.length > 0) return false;
    const owned = await this.#ownedPlaces(due);
    if (owned.length === 0) return false;
    try {
      if ((await this.#deletions(owned)) > 0) return true;
      await this.end();
      return (await this.#purges(owned)) > 0;
    } catch (error) {
      if (!(error instanceof JudgingError)) throw error;
      this.#addProblems(error.problems);
      return false;
    }
  }

  /** Afterwards the batches that were being deleted are settled. @throws the first failure. */
  async end(): Promise<void> {
    const ended = await Promise.allSettled(this.#deleting.splice(0));
    for (const result of ended) if (result.status === 'rejected') throw result.reason;
  }

  async #ownedPlaces(due: readonly Place[]): Promise<Place[]> {
    const { database, journalSchema } = this.#options;
    const journal = await new Journal(database, journalSchema).identity();
    const us = { environment: this.#options.environment ?? null, journal };
    const owned: Place[] = [];
    for (const place of due) {
      const alias = place.aliases[0] ?? '';
      try {
        const foreign = await takeLocations(place.storages, us);
        if (foreign.length === 0) owned.push(place);
        else {
          const reason = notOurs(place.storages, foreign, alias);
          this.#addProblems([`Cannot reclaim objects of storage "${alias}": ${reason}`]);
        }
      } catch (error) {
        this.#addProblems([
          `Cannot reclaim objects of storage "${alias}": ${error instanceof Error ? error.message : String(error)}`,
        ]);
      }
    }
    return owned;
  }

  async #deletions(owned: readonly Place[]): Promise<number> {
    const { database, patience = 500, batch = reclaimBatch } = this.#options;
    const since = Date.now();
    await reach(this.#options, 'lease', 'before');
    const leased = await lease(database, this.#journal, owned, batch);
    await reach(this.#options, 'lease', 'after');
    this.#report.postponed += leased.blocked;
    if (leased.rows.length === 0) return leased.seen;

    const { ripe, young } = await awaitFence(database, leased.rows, patience);
    const elsewhere = new Map<string, readonly string[]>();
    const verdicts = await this.#judge([...ripe, ...young], elsewhere);
    const are = (verdict: Verdict, rows: readonly LeasedRow[]): LeasedRow[] =>
      rows.filter((row) => verdicts.get(row.id) === verdict);
    // A reference that is committed already decides; that there is none, only the fence makes sure.
    const referenced = are('referenced', leased.rows);
    const borrowed = are('borrowed', leased.rows);
    const waiting = are('unreferenced', young);
    const unreferenced = are('unreferenced', ripe);
    const last = await lastCopies(this.#places, unreferenced, elsewhere);
    await this.#discardUnfinished(referenced);
    await drop(database, this.#journal, referenced);
    await postpone(database, this.#journal, borrowed, day);
    await waitForFence(database, this.#journal, waiting);
    await postpone(database, this.#journal, [...last.keys()], day);
    this.#addProblems([...last.values()]);
    this.#report.kept += referenced.length;
    this.#report.postponed += borrowed.length + waiting.length + last.size;
    if (this.#deleting.length === deletingAtOnce) await this.#deleting.shift();
    const deleting = this.#delete(
      unreferenced.filter((row) => !last.has(row)),
      since,
    );
    // Whoever waits for it hears of a failure: a later batch, or the end.
    deleting.catch(() => {});
    this.#deleting.push(deleting);
    // A batch that is not full was the last: there is nothing to do meanwhile.
    if (leased.seen < batch) await this.end();
    return leased.seen;
  }

  /** Several may make one variant, and who was killed has left his part of it. Whoever still writes is over his time. */
  async #discardUnfinished(referenced: readonly LeasedRow[]): Promise<void> {
    const variants = referenced.filter(({ name }) => name.includes('.v/'));
    for (const [location, rows] of Map.groupBy(variants, (row) => row.location)) {
      const names = rows.map(({ name }) => name);
      const { storages = [] } = this.#places.find((one) => one.location === location) ?? {};
      for (const storage of storages) await storage.discardUnfinished?.(names);
    }
  }

  async #delete(rows: readonly LeasedRow[], since: number): Promise<void> {
    const { database } = this.#options;
    if (rows.length === 0) return;
    // Whoever takes over an expired lease may judge differently: be done, or leave it, long before.
    if (!isFresh(since) || this.#isStopping()) {
      await postpone(database, this.#journal, rows, 1);
      this.#report.postponed += rows.length;
      return;
    }
    const deleted = await this.#reclaim(rows);
    await reach(this.#options, 'tombstone', 'before');
    await bury(database, this.#journal, deleted, tombstoneSeconds(this.#options));
    await reach(this.#options, 'tombstone', 'after');
    this.#report.reclaimed += deleted.length;
    for (const row of deleted) this.#options.events?.emit('reclaimed', reclaimedObject(row));
  }

  async #purges(owned: readonly Place[]): Promise<number> {
    const { database, batch = reclaimBatch } = this.#options;
    const since = Date.now();
    const rows = await leaseTombstones(database, this.#journal, owned, batch);
    if (rows.length === 0) return 0;

    await reach(this.#options, 'purge', 'before');
    const verdicts = await this.#judge(rows);
    const used = rows.filter((row) => verdicts.get(row.id) !== 'unreferenced');
    for (const { name, storage } of used) {
      addProblem(
        this.#report,
        `Cannot purge "${name}" in storage "${storage}": a row came to refer to it after it was deleted`,
      );
    }
    const free = rows.filter((row) => verdicts.get(row.id) === 'unreferenced');
    const deleted = isFresh(since) ? await this.#reclaim(free) : [];
    await drop(database, this.#journal, [...used, ...deleted]);
    await reach(this.#options, 'purge', 'after');
    this.#report.purged += deleted.length;
    return rows.length;
  }

  async #judge(
    rows: readonly LeasedRow[],
    elsewhere?: Map<string, readonly string[]>,
  ): Promise<Map<string, Verdict>> {
    try {
      await reach(this.#options, 'judge', 'before');
      const verdicts = await judgeRows(this.#options.database, rows, {
        places: this.#places,
        ownTables: this.#options.ownTables(),
        elsewhere,
      });
      await reach(this.#options, 'judge', 'after');
      return verdicts;
    } catch (error) {
      if (error instanceof JudgingError) {
        await postpone(this.#options.database, this.#journal, rows, 60);
        this.#report.postponed += rows.length;
      }
      throw error;
    }
  }

  /** Deletes the objects, records the failures, and gives the rows whose objects are gone. */
  async #reclaim(rows: readonly LeasedRow[]): Promise<LeasedRow[]> {
    if (rows.length === 0) return [];
    await reach(this.#options, 'delete', 'before');
    const deleted: LeasedRow[] = [];
    for (const [location, ofPlace] of Map.groupBy(rows, (row) => row.location)) {
      const place = this.#places.find((one) => one.location === location);
      if (!place) continue;
      const failures = await reclaimEverywhere(
        place.storages,
        ofPlace.map((row) => row.name),
      );
      const failed = ofPlace.flatMap((row) => {
        const error = failures.get(row.name);
        return error === undefined ? [] : [{ row, error, delay: backoff(row.attempts + 1) }];
      });
      const dead = await recordFailures(this.#options.database, this.#journal, failed);
      this.#report.failed += failed.length;
      this.#report.dead += dead;
      for (const { row, error } of failed) {
        const { storage: alias, name } = row;
        const attempts = row.attempts + 1;
        const isDead = attempts >= maxAttempts;
        this.#options.events?.emit('failed', { storage: alias, name, error, attempts, isDead });
      }
      deleted.push(...ofPlace.filter((row) => !failures.has(row.name)));
    }
    await reach(this.#options, 'delete', 'after');
    return deleted;
  }

  #addProblems(problems: readonly string[]): void {
    for (const problem of problems) addProblem(this.#report, problem);
  }
}

function reclaimedObject({ storage, name, size, dueAt }: LeasedRow): ReclaimedObject {
  const bytes = Number(size ?? NaN);
  const delay = Math.max(Date.now() - (dueAt ?? NaN), 0) / 1000;
  return {
    storage,
    name,
    size: Number.isSafeInteger(bytes) ? bytes : undefined,
    delay: Number.isNaN(delay) ? undefined : delay,
  };
}

function isFresh(since: number): boolean {
  const age = Date.now() - since;
  return age >= 0 && age < 60_000;
}
