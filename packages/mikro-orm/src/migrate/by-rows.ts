import {
  FileNotFoundError,
  InvalidNameError,
  type FileStat,
  type FileStorage,
} from '@filefield/core';
import { reach } from '../fail-points.ts';
import { Carrier } from './carry.ts';
import { findingsTold, type MigrationRun } from './migration-run.ts';
import type { NamePair } from './pairs-by-name.ts';
import { namesToSwitch, rowsToSwitch, type NameToSwitch } from './rows-to-switch.ts';
import { heldAtSource } from './source-holds.ts';
import { switchRows } from './switch-rows.ts';

const batchSize = 100;

/**
 * Copies what rows under the alias refer to, compares it, and switches the rows, batch by batch.
 *
 * @returns whether values are left under the alias.
 */
export async function switchByRows(run: MigrationRun): Promise<boolean> {
  const { database, ownTables, report, route, signal, tell } = run;
  const found = await rowsToSwitch(database, ownTables(), route.from);
  report.remainingRows = found.count;
  report.problems.push(...found.problems);
  if (found.problems.length > 0) return true;
  const counter = { done: 0, bytes: 0 };
  for (let after = ''; ;) {
    signal.throwIfAborted();
    const page = { alias: route.from, after, limit: batchSize };
    const names = await namesToSwitch(database, found.tables, page);
    const last = names.at(-1);
    if (last === undefined) break;
    after = last.name;
    const pairs = await pairsOf(run, names);
    report.objects += pairs.length;
    report.bytes += pairs.reduce((sum, { size }) => sum + size, 0);
    if (report.dryRun) {
      audit(run, pairs, counter);
      continue;
    }
    const equal = await carried(run, pairs, counter);
    await reach(run, 'switch', 'before');
    const { rows, held, failed } = await switchRows(run, found.tables, equal);
    await reach(run, 'switch', 'after');
    report.switchedRows += rows;
    report.held += held;
    for (const [name, error] of failed) report.failed.push({ name, error });
    tell({ phase: 'switch', done: report.switchedRows, total: found.count, bytes: counter.bytes });
  }
  if (!report.dryRun) {
    report.remainingRows = (await rowsToSwitch(database, ownTables(), route.from)).count;
  }
  return report.remainingRows > 0;
}

/** Compares what earlier runs have switched, so that its origin may go. */
export async function verifyHeld(run: MigrationRun): Promise<void> {
  const { database, journal, route } = run;
  const counter = { done: 0, bytes: 0 };
  for (let after = '0'; ;) {
    const held = await heldAtSource(database, journal, route, { run: run.id, after });
    const last = held.at(-1);
    if (last === undefined) return;
    after = last.id;
    const pairs = await pairsOf(
      run,
      held.map(({ name }) => ({ name, column: '' })),
    );
    await carried(run, pairs, counter, true);
  }
}

/** Copies and compares; answers the names whose copies are equal. */
async function carried(
  run: MigrationRun,
  pairs: readonly NamePair[],
  counter: { done: number; bytes: number },
  holdsSource = false,
): Promise<string[]> {
  const { objects, bytes } = run.report;
  const equal: string[] = [];
  const carrier = new Carrier(
    run,
    { objects, bytes, refused: new Map() },
    {
      phase: 'verify',
      pairs: ReadableStream.from(pairs),
      holdsSource,
      onEqual: (name) => equal.push(name),
      cleansUp: true,
      counter,
    },
  );
  await carrier.carryAll();
  return equal;
}

function audit(
  { report, tell }: MigrationRun,
  pairs: readonly NamePair[],
  counter: { done: number; bytes: number },
): void {
  for (const { name, size, target } of pairs) {
    counter.done += 1;
    counter.bytes += size;
    if (target === undefined) {
      report.copied += 1;
      report.copiedBytes += size;
    } else report.present += 1;
    tell({ phase: 'audit', ...counter, name });
  }
}

/** What lies at both ends under each name; what the source has not is told and left out. */
async function pairsOf(run: MigrationRun, names: readonly NameToSwitch[]): Promise<NamePair[]> {
  const { route, report, concurrency } = run;
  const { missing, failed } = report;
  const found: NamePair[] = [];
  for (let at = 0; at < names.length; at += concurrency) {
    const looked = names.slice(at, at + concurrency).map(async ({ name, column }) => {
      const [source, target] = await Promise.all([
        statOf(route.source, name),
        statOf(route.target, name),
      ]);
      if (source !== undefined) found.push({ name, size: source.size, source, target });
      else if (column === '') return;
      else if (target !== undefined)
        failed.push({ name, error: `"${route.from}" has no such file to compare the copy with` });
      else if (missing.length < findingsTold) missing.push({ name, column });
    });
    await Promise.all(looked);
  }
  return found;
}

async function statOf(storage: FileStorage, name: string): Promise<FileStat | undefined> {
  try {
    return await storage.stat(name);
  } catch (error) {
    if (error instanceof FileNotFoundError || error instanceof InvalidNameError) return undefined;
    throw error;
  }
}
