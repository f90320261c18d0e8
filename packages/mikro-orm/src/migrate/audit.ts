import { InvalidNameError, type FileStorage } from '@filefield/core';
import type { Database } from '../journal/database.ts';
import { linesInOrder } from '../reconcile/lines-in-order.ts';
import { matchByName } from '../reconcile/match-by-name.ts';
import { readableTables } from '../worker/readable-tables.ts';
import { differenceOf } from './compare-name.ts';
import { isWanted } from './is-wanted.ts';
import type { MigrateMissing } from './migrate-report.ts';
import { findingsTold, type MigrationRun } from './migration-run.ts';
import { NameCollisions } from './name-collisions.ts';
import { factsOf } from './name-facts.ts';
import { pairsByName, type NamePair } from './pairs-by-name.ts';

/** What there is to do, as it was when nothing had been written yet. */
export interface Audit {
  objects: number;
  bytes: number;
  present: number;
  /** Names that cannot be copied, and why. */
  readonly refused: Map<string, string>;
  readonly missing: MigrateMissing[];
}

/**
 * Goes through both places and all rows side by side, and looks at what a dry run is to tell.
 *
 * @throws {@link JudgingError} when a table of this process lacks its triggers or rows are hidden; errors of the
 * database and of the storages pass through.
 */
export async function audit(run: MigrationRun): Promise<Audit> {
  const { database, journal, ownTables, route, report, signal } = run;
  const { source, target, sourceAliases, targetAliases, known } = route;
  const found: Audit = { objects: 0, bytes: 0, present: 0, refused: new Map(), missing: [] };
  const collisions = new NameCollisions(target);
  const aliases = [...new Set([...sourceAliases, ...targetAliases])];
  const { location } = source;
  const locations = [location, target.location];
  const place = { location, locations, storages: [source, target], aliases };
  await database.transaction(async (tx) => {
    const tables = await readableTables(tx, ownTables());
    // There may be no second connection.
    const here: Database = {
      all: async (sql, params) => tx.all(sql, params),
      transaction: async (work) => work(tx),
    };
    const looks = new DryLooks({ ...run, database: here }, found);
    const lines = linesInOrder(tx, { journal, tables, place, known });
    for await (const { name, object: pair, value } of matchByName(pairsByName(route), lines)) {
      signal.throwIfAborted();
      if (pair?.source === undefined) {
        const isGone = value !== undefined && pair === undefined;
        if (isGone && found.missing.length < findingsTold)
          found.missing.push({ name, column: value.column });
        continue;
      }
      found.objects += 1;
      found.bytes += pair.source.size;
      if (pair.target !== undefined) found.present += 1;
      const reason = collisions.reasonAgainst(name);
      if (reason !== undefined && pair.target === undefined) found.refused.set(name, reason);
      else if (report.dryRun) await looks.add(pair);
      const { objects: done, bytes } = found;
      run.tell({ phase: 'audit', done, bytes, name });
    }
    await looks.end();
  });
  return { ...found, missing: await stillMissing(run, found.missing) };
}

const batchSize = 500;

/** What a dry run says that would be copied, and what is in the way. */
class DryLooks {
  readonly #run: MigrationRun;
  readonly #found: Audit;
  #pairs: NamePair[] = [];

  constructor(run: MigrationRun, found: Audit) {
    this.#run = run;
    this.#found = found;
  }

  async add(pair: NamePair): Promise<void> {
    if (pair.target !== undefined && pair.target.size === pair.source?.size) return;
    this.#pairs.push(pair);
    if (this.#pairs.length === batchSize) await this.end();
  }

  async end(): Promise<void> {
    const pairs = this.#pairs.splice(0);
    const { route, report, throttle, signal } = this.#run;
    const names = pairs.map(({ name }) => name);
    const facts = await factsOf(this.#run, route, names);
    for (const pair of pairs) {
      const known = facts.get(pair.name);
      if (known === undefined || !isWanted(pair, known)) continue;
      if (pair.target === undefined) {
        report.copied += 1;
        report.copiedBytes += pair.size;
        continue;
      }
      const difference = await differenceOf(route, pair, { by: 'size', throttle, signal });
      if (difference === undefined) continue;
      if (known.hold?.marks.copied !== undefined && !known.isProtected) report.copied += 1;
      else this.#found.refused.set(pair.name, difference);
    }
  }
}

/** The world has gone on since. */
async function stillMissing(
  run: MigrationRun,
  missing: readonly MigrateMissing[],
): Promise<MigrateMissing[]> {
  const { source, target } = run.route;
  const found: MigrateMissing[] = [];
  for (let at = 0; at < missing.length; at += batchSize) {
    const batch = missing.slice(at, at + batchSize);
    const facts = await factsOf(
      run,
      run.route,
      batch.map(({ name }) => name),
    );
    for (const finding of batch) {
      const { name } = finding;
      if (facts.get(name)?.isReferred !== true) continue;
      if (!(await isThere(source, name)) && !(await isThere(target, name))) found.push(finding);
    }
  }
  return found;
}

/** A name that a storage refuses has no object there. */
async function isThere(storage: FileStorage, name: string): Promise<boolean> {
  try {
    return await storage.exists(name);
  } catch (error) {
    if (error instanceof InvalidNameError) return false;
    throw error;
  }
}
