/** Work that several may wait for. */
interface Job<Result> {
  readonly work: (signal: AbortSignal) => Promise<Result>;
  readonly controller: AbortController;
  readonly result: PromiseWithResolvers<Result>;
  waiting: number;
}

/** How much is done at once. */
export interface SharedWorkLimits {
  /** Jobs that run. */
  readonly concurrency: number;
  /** Jobs that wait until one of these has ended. */
  readonly queue: number;
}

/**
 * Work that is done once for all who ask for it at the same time, and no more than a few pieces at once. When nobody waits
 * any more, what has not begun never does, and what runs is told to end.
 */
export class SharedWork<Result> {
  readonly #limits: SharedWorkLimits;
  readonly #jobs = new Map<string, Job<Result>>();
  readonly #queue = new Map<string, Job<Result>>();
  #running = 0;

  constructor(limits: SharedWorkLimits) {
    this.#limits = limits;
  }

  /**
   * What the work for a key gives; `undefined` when too many wait already.
   *
   * @param signal Of the one who asks: he waits no longer.
   */
  async result(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result | undefined> {
    signal.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#add(key, work);
    if (job === undefined) return undefined;
    const gone = Promise.withResolvers<never>();
    const leave = (): void => {
      job.waiting--;
      if (job.waiting === 0) this.#abandon(key, job);
      gone.reject(signal.reason);
    };
    job.waiting++;
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([job.result.promise, gone.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #add(key: string, work: Job<Result>['work']): Job<Result> | undefined {
    const isFull = this.#running >= this.#limits.concurrency;
    if (isFull && this.#queue.size >= this.#limits.queue) return undefined;
    const result = Promise.withResolvers<Result>();
    // Those who wait are told; when all have gone away nobody is.
    result.promise.catch(() => undefined);
    const job = { work, controller: new AbortController(), result, waiting: 0 };
    this.#jobs.set(key, job);
    if (isFull) this.#queue.set(key, job);
    else void this.#run(key, job);
    return job;
  }

  async #run(key: string, job: Job<Result>): Promise<void> {
    this.#running++;
    try {
      job.result.resolve(await job.work(job.controller.signal));
    } catch (error) {
      job.result.reject(error);
    }
    this.#running--;
    this.#forget(key, job);
    const [next] = this.#queue;
    if (next === undefined) return;
    this.#queue.delete(next[0]);
    void this.#run(...next);
  }

  #abandon(key: string, job: Job<Result>): void {
    if (this.#queue.get(key) === job) this.#queue.delete(key);
    this.#forget(key, job);
    job.controller.abort();
  }

  /** Whoever asks from now on has another job. */
  #forget(key: string, job: Job<Result>): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }
}
