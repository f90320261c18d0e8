import { randomUUID } from 'node:crypto';
import { FileFieldError, StorageOptionsError } from '@filefield/core';
import type { ApartConnections } from '../connections.ts';
import { failPoints, reach, type FailPointOptions } from '../fail-points.ts';
import { journalTable } from '../journal/journal-names.ts';
import { Journal } from '../journal/journal.ts';
import { qualified } from '../journal/sql-text.ts';
import { JudgingError } from '../worker/readable-tables.ts';
import { isSameOwner, readOwner, takeLocation, type Owner } from '../worker/owner.ts';
import { placesOf } from '../worker/places.ts';
import { missingRights } from '../worker/rights.ts';
import type { WorkerOptions } from '../worker/worker-options.ts';
import { aliasesInUse } from './aliases-in-use.ts';
import { audit, type Audit } from './audit.ts';
import { Carrier } from './carry.ts';
import { emptyMigrateReport, type MigrateOptions, type MigrateReport } from './migrate-report.ts';
import { lockPlaces } from './migration-lock.ts';
import { findingsTold, messageOf, type MigrationRun } from './migration-run.ts';
import { nextStep } from './next-step.ts';
import { pairsByName } from './pairs-by-name.ts';
import { routeOf } from './route.ts';
import { relabelSource, settleTarget } from './settle-target.ts';
import { switchByRows, verifyHeld } from './by-rows.ts';
import { scheduleSource } from './source-holds.ts';
import { Throttle } from './throttle.ts';

/** What migrating shares with the worker. */
export interface MigrateHost
  extends
    Pick<WorkerOptions, 'storages' | 'journalSchema' | 'environment' | 'ownTables'>,
    FailPointOptions {
  /** Milliseconds that an object stays which nothing refers to any more. */
  readonly grace: number;
  /** Objects at once. */
  readonly concurrency: number;
}

/**
 * Moves the objects of one storage to another; see `FileFields.migrate()`.
 *
 * @throws {@link UnknownStorageError}, {@link StorageOptionsError} for aliases or options that cannot be right, or when
 * another migration is at it; errors of the database pass through.
 */
export async function migrate(
  host: MigrateHost,
  ways: ApartConnections,
  options: MigrateOptions,
): Promise<MigrateReport> {
  const { storages } = host;
  const { from, to, switch: way = 'configuration', dryRun = false, deleteSource = false } = options;
  const { concurrency = host.concurrency, bytesPerSecond, onProgress } = options;
  assertCount('concurrency', concurrency);
  if (bytesPerSecond !== undefined) assertCount('bytesPerSecond', bytesPerSecond);
  const route = routeOf(storages, from, to);
  const report = emptyMigrateReport(options);
  const ending = new AbortController();
  const given = options.signal;
  const { journalSchema = 'public' } = host;
  const run: MigrationRun = {
    [failPoints]: host[failPoints],
    id: randomUUID(),
    database: ways.database,
    journal: qualified(journalSchema, journalTable),
    ownTables: host.ownTables,
    route,
    report,
    by: deleteSource ? 'sha256' : (options.verify ?? 'sha256'),
    isStrict: deleteSource,
    concurrency,
    throttle: new Throttle(bytesPerSecond),
    signal: given === undefined ? ending.signal : AbortSignal.any([given, ending.signal]),
    giveUp(problem) {
      report.problems.push(problem);
      ending.abort(new Error(problem));
    },
    tell: (progress) => onProgress?.(progress),
  };

  const unlock =
    dryRun || ways.connect === undefined
      ? undefined
      : await lockPlaces(route, ways.connect, () =>
          run.giveUp('The connection that keeps other migrations away was lost'),
        );
  try {
    const migration = new Migration(run, host, deleteSource);
    await (way === 'rows' ? migration.byRows() : migration.byConfiguration());
  } catch (error) {
    const isMistake = error instanceof StorageOptionsError;
    const isTold = error instanceof FileFieldError || error instanceof JudgingError;
    if (!run.signal.aborted && (isMistake || !isTold)) throw error;
    if (!run.signal.aborted) report.problems.push(messageOf(error));
    report.isComplete = false;
  } finally {
    await unlock?.();
  }
  const isAborted = given?.aborted === true;
  report.next = nextStep(report, { isAborted, switch: way, deletesSource: deleteSource });
  return report;
}

/** The steps of a run, in order. */
class Migration {
  readonly #run: MigrationRun;
  readonly #host: MigrateHost;
  readonly #deleteSource: boolean;

  constructor(run: MigrationRun, host: MigrateHost, deleteSource: boolean) {
    this.#run = run;
    this.#host = host;
    this.#deleteSource = deleteSource;
  }

  async byConfiguration(): Promise<void> {
    const { report, route } = this.#run;
    if (!(await this.#isAllowed())) return;
    const found = await audit(this.#run);
    this.#report(found);
    if (report.dryRun) {
      report.isComplete = report.copied === 0 && isClean(report);
      return;
    }
    await this.#carry('copy', found, false);
    const isLeft = (await this.#meaningSource()).length === 0;
    const isSourceOurs = isLeft && (await this.#isSourceOurs());
    await this.#carry('verify', found, isSourceOurs);
    report.isComplete = isClean(report);
    if (!report.isComplete || !isLeft) return;
    await this.#settle();
    if (!this.#deleteSource || !report.isSettled) return;
    if (isSourceOurs) await this.#schedule();
    else report.problems.push(notOurs(route.from, 'delete objects of'));
  }

  async byRows(): Promise<void> {
    const { report, route } = this.#run;
    if (!(await this.#isAllowed())) return;
    const isLeft = await switchByRows(this.#run);
    report.isComplete = !isLeft && !report.dryRun && isClean(report);
    if (!report.isComplete) return;
    // Other aliases may mean the same place.
    if ((await this.#meaningSource()).length > 0) return;
    await this.#settleTarget();
    if (!this.#deleteSource) return;
    if (!(await this.#isSourceOurs())) {
      report.problems.push(notOurs(route.from, 'delete objects of'));
      return;
    }
    await verifyHeld(this.#run);
    report.isComplete = isClean(report);
    if (report.isComplete) await this.#schedule();
  }

  /** Asks for rights, and for the ownership of the target; a dry run writes nothing there. */
  async #isAllowed(): Promise<boolean> {
    const { database, report, route } = this.#run;
    const { journalSchema = 'public', storages } = this.#host;
    const missing = await missingRights(database, journalSchema);
    report.problems.push(
      ...(missing ?? ['Cannot migrate: the journal is missing, update the schema']),
    );
    if (report.problems.length > 0) return false;
    report.problems.push(...placesOf(storages).problems);
    const us = await this.#us();
    const owner = report.dryRun
      ? await readOwner(route.target)
      : await takeLocation(route.target, us);
    if (owner === 'nobody' || isSameOwner(owner, us)) return true;
    throw new StorageOptionsError(notOurs(route.to, 'migrate to'));
  }

  async #us(): Promise<Owner> {
    const { environment = null, journalSchema } = this.#host;
    const journal = await new Journal(this.#run.database, journalSchema).identity();
    return { environment, journal };
  }

  /** Nobody's becomes ours, where it can be written to: what is only read may stay as it is. */
  async #isSourceOurs(): Promise<boolean> {
    const { source } = this.#run.route;
    const us = await this.#us();
    const owner = await readOwner(source);
    if (owner !== 'nobody') return isSameOwner(owner, us);
    try {
      return isSameOwner(await takeLocation(source, us), us);
    } catch (error) {
      if (!(error instanceof FileFieldError)) throw error;
      this.#run.report.problems.push(error.message);
      return false;
    }
  }

  async #carry(phase: 'copy' | 'verify', found: Audit, holdsSource: boolean): Promise<void> {
    // What failed before is tried again.
    this.#run.report.failed.length = 0;
    const pairs = pairsByName(this.#run.route);
    const counter = { done: 0, bytes: 0 };
    const cleansUp = phase === 'copy';
    await new Carrier(this.#run, found, {
      phase,
      pairs,
      holdsSource,
      cleansUp,
      counter,
    }).carryAll();
  }

  /** The aliases in rows that mean the source, or may mean it; what is unknown becomes a problem. */
  async #meaningSource(): Promise<(string | null)[]> {
    const { database, ownTables, report, route } = this.#run;
    const inUse = await aliasesInUse(database, ownTables());
    const isUnknown = (alias: string | null): boolean =>
      alias === null || !route.known.includes(alias);
    for (const alias of inUse.filter(isUnknown)) {
      const what = alias === null ? 'no storage' : `the unknown storage "${alias}"`;
      addOnce(
        report.problems,
        `Rows name ${what}, which may mean "${route.from}": it cannot be settled`,
      );
    }
    return inUse.filter(
      (alias) => alias === null || isUnknown(alias) || route.sourceAliases.includes(alias),
    );
  }

  async #settle(): Promise<void> {
    const { database, journal, route } = this.#run;
    // They may have changed while it verified.
    if ((await this.#meaningSource()).length > 0) return;
    await relabelSource(database, journal, route);
    await this.#settleTarget();
  }

  /** Gives up the holds at the target: whatever it has, rows have, or let go of. */
  async #settleTarget(): Promise<void> {
    const { database, journal, ownTables, report, route, tell } = this.#run;
    await reach(this.#run, 'settle', 'before');
    let done = 0;
    await settleTarget(route, {
      database,
      journal,
      ownTables,
      places: placesOf(this.#host.storages).places,
      grace: this.#host.grace,
      onDone: (count) => tell({ phase: 'settle', done: (done += count), bytes: 0 }),
    });
    await reach(this.#run, 'settle', 'after');
    report.isSettled = true;
  }

  async #schedule(): Promise<void> {
    const { database, journal, id, report, route, tell } = this.#run;
    report.scheduled = await scheduleSource(database, journal, route, id, this.#host.grace);
    report.held = Math.max(report.held - report.scheduled, 0);
    tell({ phase: 'delete', done: report.scheduled, total: report.scheduled, bytes: 0 });
  }

  #report({ objects, bytes, present, refused, missing }: Audit): void {
    const { report } = this.#run;
    report.objects = objects;
    report.bytes = bytes;
    if (report.dryRun) report.present = present;
    report.missing.push(...missing);
    for (const [name, reason] of refused) {
      if (report.conflicts.length < findingsTold) report.conflicts.push({ name, reason });
    }
  }
}

function isClean({ conflicts, failed }: MigrateReport): boolean {
  return conflicts.length === 0 && failed.length === 0;
}

function addOnce(problems: string[], problem: string): void {
  if (!problems.includes(problem)) problems.push(problem);
}

function notOurs(alias: string, what: string): string {
  return (
    `Cannot ${what} storage "${alias}": its location belongs to another environment or database, ` +
    `claimLocation("${alias}") takes it over`
  );
}

function assertCount(option: string, count: number): void {
  if (Number.isSafeInteger(count) && count > 0) return;
  throw new StorageOptionsError(
    `Cannot use ${count} as ${option}: a whole number above 0 is wanted`,
  );
}
