/** Runs some work at the same time as other work, so much at once and no more, until something fails. */
export class Lanes {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  readonly #controller = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  /** Ends the work that is under way when something has failed, or the caller gives up. */
  readonly signal: AbortSignal;

  constructor(most: number, signal?: AbortSignal) {
    this.#most = most;
    this.#failed.promise.catch(() => undefined);
    this.signal =
      signal === undefined
        ? this.#controller.signal
        : AbortSignal.any([signal, this.#controller.signal]);
  }

  /** Begins the work once there is room. @throws the first failure of any work. */
  async run(work: () => Promise<void>): Promise<void> {
    const task = work()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
    while (this.#running.size >= this.#most) await this.orFailure(Promise.race(this.#running));
  }

  /** Waits for something else, but not longer than until work fails. */
  async orFailure<T>(other: Promise<T>): Promise<T> {
    return await Promise.race([this.#failed.promise, other]);
  }

  /** Waits until all work is done. @throws the first failure. */
  async done(): Promise<void> {
    await Promise.all(this.#running);
    await this.orFailure(Promise.resolve());
  }

  /** Ends the work that is under way, and waits until it has ended. */
  async stop(reason: unknown): Promise<void> {
    this.#controller.abort(reason);
    await Promise.all(this.#running);
  }

  #fail(error: unknown): void {
    this.#failed.reject(error);
    this.#controller.abort(error);
  }
}
