import type { Storages } from '@filefield/core';
import { reach } from '../fail-points.ts';
import { variantWorkTable } from '../journal/journal-names.ts';
import { qualified } from '../journal/sql-text.ts';
import { backoff } from '../worker/backoff.ts';
import type { WorkerLog } from '../worker/worker-options.ts';
import { BarredNameError, foreign, isBarred } from './barred-name-error.ts';
import { isImageAtFault } from './image-at-fault.ts';
import { makeVariants } from './make-variants.ts';
import type { VariantFields } from './variant-fields.ts';
import { VariantMaking, type VariantHost } from './variant-making.ts';
import { variantRights } from './variant-rights.ts';
import {
  endWork,
  leaseWork,
  postponeWork,
  secondsToWork,
  type OwnWork,
  type VariantWork,
  type WorkColumn,
} from './variant-work.ts';
import { addVariantProblem, emptyVariantsReport, type VariantsReport } from './variants-report.ts';

/** What the making in the background needs. */
export interface VariantWorkerOptions {
  readonly host: VariantHost;
  readonly fields: () => VariantFields;
  readonly storages: () => Storages;
  /** Where the table of work is. */
  readonly journalSchema: string;
  /** Originals at once. */
  readonly concurrency: number;
  readonly log: WorkerLog;
}

const pollSeconds = 60;
const shortestPause = 0.1;
const day = 24 * 60 * 60;

/** Attempts at an image that cannot be made smaller, until it is left alone for a week. */
const attemptsAtFault = 3;

/** Milliseconds for one original; less than its lease. */
const patience = 240_000;

/**
 * Makes the variants that the triggers have written down. It runs beside the reclaiming: neither waits for the other. Any
 * number of processes share the work.
 */
export class VariantWorker {
  readonly #options: VariantWorkerOptions;
  readonly #table: string;
  #stopping: AbortController | undefined;
  readonly #draining = new Set<AbortController>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  #isWoken = false;
  #reported: readonly string[] = [];

  constructor(options: VariantWorkerOptions) {
    this.#options = options;
    this.#table = qualified(options.journalSchema, variantWorkTable);
  }

  /** Whether it works off what becomes due by itself. */
  get isStarted(): boolean {
    return this.#stopping !== undefined;
  }

  /** Without effect where no field of this process has variants made in the background. */
  start(): void {
    if (this.isStarted || this.#declared.length === 0) return;
    this.#stopping = new AbortController();
    this.#schedule(0);
  }

  /** Afterwards nothing runs; what was begun is given to the next process. */
  async stop(): Promise<void> {
    const reason = new Error('The worker is stopped');
    for (const ending of [this.#stopping, ...this.#draining]) ending?.abort(reason);
    this.#stopping = undefined;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** A hint that there may be work. Never throws, never waits; without effect before {@link start}. */
  wake(): void {
    this.#isWoken = true;
    if (this.isStarted && !this.#isBusy) this.#schedule(0);
  }

  /** Makes what is due now; nothing where no field of this process asks for it. Errors of the database pass through. */
  async drain(signal?: AbortSignal): Promise<VariantsReport | undefined> {
    if (this.#declared.length === 0) return undefined;
    const report = emptyVariantsReport();
    const ending = new AbortController();
    this.#draining.add(ending);
    const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
    const work = this.#workOff(report, either).finally(() => this.#draining.delete(ending));
    this.#running = Promise.allSettled([this.#running, work]);
    await work;
    return report;
  }

  get #declared(): readonly WorkColumn[] {
    const { host, fields } = this.#options;
    return fields().columns(host.engine !== undefined);
  }

  #schedule(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick(), seconds * 1000).unref();
  }

  async #tick(): Promise<void> {
    const stopping = this.#stopping;
    if (stopping === undefined || this.#isBusy) return;
    this.#isBusy = true;
    this.#isWoken = false;
    const run = this.#run(stopping.signal);
    this.#running = Promise.allSettled([this.#running, run]);
    const wait = await run;
    this.#isBusy = false;
    if (this.#stopping !== undefined) this.#schedule(this.#isWoken ? shortestPause : wait);
  }

  /** One run of the loop; answers the seconds to wait, and never throws. */
  async #run(signal: AbortSignal): Promise<number> {
    const report = emptyVariantsReport();
    try {
      const own = await this.#workOff(report, signal);
      this.#tell('warn', report.problems);
      if (own.columns.length === 0) return pollSeconds;
      const next = await secondsToWork(this.#options.host.database, this.#table, own);
      return Math.min(Math.max(next ?? pollSeconds, shortestPause), pollSeconds);
    } catch (error) {
      if (!signal.aborted) {
        this.#tell('error', [`Cannot make variants, trying again: ${messageOf(error)}`]);
      }
      return pollSeconds;
    }
  }

  async #workOff(report: VariantsReport, signal: AbortSignal): Promise<OwnWork> {
    const { host, storages, journalSchema, concurrency } = this.#options;
    const declared = this.#declared;
    if (declared.length === 0) return { columns: [], storages: [] };
    const { columns, problems } = await variantRights(host.database, journalSchema, declared);
    for (const problem of problems) addVariantProblem(report, problem);
    const own = { columns, storages: storages().aliases };
    if (columns.length === 0) return own;
    const hand = async (): Promise<void> => {
      while (!signal.aborted) {
        const work = await leaseWork(host.database, this.#table, own);
        if (work === undefined) return;
        await reach(host, 'work', 'after');
        await this.#do(work, report, signal);
      }
    };
    const hands = await Promise.allSettled(Array.from({ length: concurrency }, hand));
    for (const hand of hands) if (hand.status === 'rejected') throw hand.reason;
    return own;
  }

  /** @throws errors of the database that keep even the failure from being recorded. */
  async #do(work: VariantWork, report: VariantsReport, stopping: AbortSignal): Promise<void> {
    const { host, fields, storages } = this.#options;
    const { database } = host;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(patience)]);
    try {
      const properties = fields().at(work);
      if (properties.length === 0) throw new TypeError('No field has this column');
      const settle = async (tx: typeof database): Promise<void> => endWork(tx, this.#table, work);
      let [isThere, isSettled] = [false, false];
      for (const [index, property] of properties.entries()) {
        const field = await fields().fieldOf(database, property);
        const storage = storages().get(work.storage);
        const isOurs = (await host.locations?.take(storage, host.journal)) ?? true;
        if (!isOurs) throw new BarredNameError(work.name, foreign);
        const making = new VariantMaking(host, field, { signal });
        const ends = index === properties.length - 1;
        const options = { signal, settle: ends ? settle : undefined };
        const isHere = await makeVariants(host, field, work, making, options);
        report.variants += isHere ? making.count : 0;
        isThere ||= isHere;
        isSettled = ends && isHere;
      }
      if (!isSettled) await endWork(database, this.#table, work);
      if (isThere) report.originals += 1;
      else report.gone += 1;
    } catch (error) {
      if (stopping.aborted) await postponeWork(database, this.#table, work, { seconds: 0 });
      else await this.#failed(work, error, report);
    }
  }

  async #failed(work: VariantWork, error: unknown, report: VariantsReport): Promise<void> {
    const { host } = this.#options;
    const isRefused = isImageAtFault(error, work);
    const isLong = isRefused && work.attempts >= attemptsAtFault;
    // A name that is being deleted stays barred for hours, and is no failure of anybody.
    const usual = isBarred(error) ? 10 * 60 : backoff(work.attempts);
    const seconds = isLong ? 7 * day : usual;
    const reason = reasonOf(error);
    await postponeWork(host.database, this.#table, work, { seconds, error: reason });
    if (isRefused) report.refused += 1;
    else report.failed += 1;
    const { storage, name } = work;
    addVariantProblem(
      report,
      `Cannot make variants of "${name}" in storage "${storage}": ${reason}`,
    );
  }

  /** Says what is new: a problem that lasts is told once. */
  #tell(level: 'warn' | 'error', messages: readonly string[]): void {
    for (const message of messages) {
      if (!this.#reported.includes(message)) this.#options.log(level, message);
    }
    this.#reported = messages;
  }
}

/** Who made the function of a variant wants to know why it failed. */
function reasonOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown };
  const message = messageOf(error);
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
