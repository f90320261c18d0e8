import pLimit from 'p-limit';

/** How much happens at once. */
export interface AllOfOptions {
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** Works on all things, some at a time; the first failure ends the others, is waited for and thrown. */
export async function allOf<T>(
  things: Iterable<T>,
  { concurrency, signal }: AllOfOptions,
  work: (thing: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])]);
  const limit = pLimit(concurrency);
  const runs = Array.from(things, async (thing) =>
    limit(async () => {
      if (stop.aborted) return;
      await work(thing, stop).catch((error: unknown) => failure.abort(error));
    }),
  );
  await Promise.all(runs);
  stop.throwIfAborted();
}
