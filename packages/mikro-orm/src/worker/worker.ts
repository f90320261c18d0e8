import { journalTable } from '../journal/journal-names.ts';
import { qualified } from '../journal/sql-text.ts';
import { drainDue } from './drain.ts';
import type { DrainReport } from './drain-report.ts';
import { assertEnvironment } from './owner.ts';
import { placesOf } from './places.ts';
import { missingRights } from './rights.ts';
import { secondsToNext } from './survey.ts';
import { reportToOpenTelemetry } from './telemetry.ts';
import { WorkerEmitter, type WorkerEvents, type WorkerListener } from './worker-events.ts';
import type { WorkerOptions } from './worker-options.ts';
import { journalCounts, WorkerCounter, type WorkerStats } from './worker-stats.ts';

const pollSeconds = 60;
const shortestPause = 0.5;

/**
 * Deletes the objects that the journal lists and no row references. Any number of workers, in any number of
 * processes, share the work; one that is killed loses its leases after five minutes.
 */
export class Worker {
  readonly #options: WorkerOptions;
  #started = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  #isWoken = false;
  #endedAt = -Infinity;
  #hasRights = false;
  #endListening: Promise<(() => Promise<void>) | undefined> | undefined;
  #reported: readonly string[] = [];

  readonly #events: WorkerEmitter;
  readonly #counter: WorkerCounter;
  #endTelemetry: Promise<() => void> | undefined;

  constructor(options: WorkerOptions) {
    this.#events = new WorkerEmitter((message) => options.log('warn', message));
    this.#counter = new WorkerCounter(this.#events);
    this.#options = { ...options, events: this.#events };
  }

  /**
   * Calls the listener for every object that is deleted, or whose deletion failed, by this worker; a listener that
   * throws is logged and changes nothing.
   *
   * @returns what ends it.
   */
  on<Name extends keyof WorkerEvents>(name: Name, listener: WorkerListener<Name>): () => void {
    return this.#events.on(name, listener);
  }

  /** What this worker has done so far, and what the journal lists now; one statement that reads the journal. */
  async stats(): Promise<WorkerStats> {
    const { database, storages, journalSchema = 'public' } = this.#options;
    const aliases = placesOf(storages).places.flatMap((place) => place.aliases);
    const journal = qualified(journalSchema, journalTable);
    return {
      ...this.#counter.counts,
      journal: await journalCounts(database, journal, aliases),
    };
  }

  /** Whether it works off what becomes due by itself. */
  get isStarted(): boolean {
    return this.#started;
  }

  /** Whether it makes variants of all that is written down for this process by itself. */
  get makesVariants(): boolean {
    return this.#options.variants?.isStarted ?? false;
  }

  /**
   * Works off what is due, now and whenever something becomes due, without keeping the process alive. Where the role
   * lacks rights it says so and stays off; failures of the database or a storage are logged and tried again.
   *
   * @throws {@link StorageOptionsError} when a storage that other deployments can reach has no environment.
   */
  start(): void {
    if (this.#started) return;
    assertEnvironment(placesOf(this.#options.storages).places, this.#options.environment);
    this.#started = true;
    this.#endTelemetry ??= this.#report();
    this.#schedule(0);
    this.#options.variants?.start();
  }

  /** Afterwards no batch is running and none will begin; a batch that runs is finished first, an image that is made is given up. */
  async stop(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await Promise.all([this.#running, this.#options.variants?.stop()]);
    // Only now: what ran may have begun to listen, and its connection would never be given back.
    const ending = this.#endListening;
    this.#endListening = undefined;
    await (await ending)?.().catch(() => {});
    const endTelemetry = this.#endTelemetry;
    this.#endTelemetry = undefined;
    (await endTelemetry)?.();
  }

  /** A hint that something may be due. Never throws, never waits; without effect before {@link start}. */
  wake(): void {
    this.#isWoken = true;
    if (this.#started && !this.#isBusy) this.#schedule(this.#rest());
    this.#options.variants?.wake();
  }

  /**
   * Works off what is due now, variants to be made too, and says what came of it, whether the worker is started or not; rows that older
   * transactions keep from being judged are put back for two seconds and counted as postponed.
   *
   * @param options `signal` ends it after the batch that runs, and gives up the image that is made.
   * @throws {@link StorageOptionsError} as {@link start}; errors of the database pass through.
   */
  async drain({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<DrainReport> {
    const [reclaimed, made] = await Promise.allSettled([
      this.#alone(async () => await drainDue(this.#options, () => signal?.aborted === true)),
      this.#options.variants?.drain(signal),
    ]);
    if (reclaimed.status === 'rejected') throw reclaimed.reason;
    if (made.status === 'rejected') throw made.reason;
    if (made.value === undefined) return reclaimed.value;
    return { ...reclaimed.value, variants: made.value };
  }

  /** What the role lacks to be the worker, one sentence each; empty when nothing is missing or there is no journal yet. */
  async checkRights(): Promise<string[]> {
    const { database, journalSchema = 'public' } = this.#options;
    return (await missingRights(database, journalSchema)) ?? [];
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#running.then(work);
    this.#running = result.catch(() => {});
    return await result;
  }

  #schedule(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick(), seconds * 1000).unref();
  }

  async #tick(): Promise<void> {
    if (!this.#started || this.#isBusy) return;
    this.#isBusy = true;
    this.#isWoken = false;
    let wait = pollSeconds;
    try {
      wait = await this.#alone(async () => await this.#run());
    } catch (error) {
      this.#tell('error', [`Cannot reclaim files, trying again: ${messageOf(error)}`]);
    } finally {
      this.#isBusy = false;
    }
    this.#endedAt = performance.now();
    if (this.#started) this.#schedule(this.#isWoken ? shortestPause : wait);
  }

  /** Seconds to the next run: a busy application gives a hint with each commit. */
  #rest(): number {
    const since = (performance.now() - this.#endedAt) / 1000;
    return Math.max(shortestPause - since, 0);
  }

  /** One run of the loop; answers the seconds to wait. */
  async #run(): Promise<number> {
    const { database, storages, journalSchema = 'public' } = this.#options;
    if (!this.#started) return pollSeconds;
    if (!this.#hasRights) {
      const missing = await missingRights(database, journalSchema);
      if (missing === undefined) {
        this.#tell('info', ['Cannot reclaim files yet: the journal is missing, update the schema']);
        return pollSeconds;
      }
      if (missing.length > 0) {
        this.#tell('warn', [...missing, 'The worker stays off until it is started again']);
        this.#started = false;
        return pollSeconds;
      }
      this.#hasRights = true;
    }
    await this.#listen();
    const since = performance.now();
    const report = await drainDue(this.#options, () => !this.#started);
    this.#tell('warn', report.problems);
    const journal = qualified(journalSchema, journalTable);
    const elapsed = (performance.now() - since) / 1000;
    const next = await secondsToNext(database, journal, placesOf(storages).places, elapsed);
    return Math.min(Math.max(next ?? pollSeconds, 0.1), pollSeconds);
  }

  async #report(): Promise<() => void> {
    try {
      return await reportToOpenTelemetry(this);
    } catch (error) {
      this.#options.log('warn', `Cannot report to OpenTelemetry: ${messageOf(error)}`);
      return () => {};
    }
  }

  async #listen(): Promise<void> {
    const { listen } = this.#options;
    if (!listen || this.#endListening) return;
    try {
      const subscription = listen(
        () => this.wake(),
        () => {
          if (this.#endListening === subscription) this.#endListening = undefined;
        },
      );
      this.#endListening = subscription;
      await subscription;
    } catch (error) {
      this.#endListening = undefined;
      this.#tell('warn', [
        `Cannot listen for notifications, looking every minute: ${messageOf(error)}`,
      ]);
    }
  }

  /** Says what is new: a problem that lasts is told once. */
  #tell(level: 'info' | 'warn' | 'error', messages: readonly string[]): void {
    for (const message of messages) {
      if (!this.#reported.includes(message)) this.#options.log(level, message);
    }
    this.#reported = messages;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
