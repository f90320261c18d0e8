const mostBytes = 32 * 1024 * 1024;
const mostMilliseconds = 10_000;

/**
 * Reads on for a while what is not wanted: a client that still sends would not see the answer on a connection that is
 * closed under it. What comes after 32 MiB or 10 seconds is cancelled.
 */
export function drainBody(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(cancel, mostMilliseconds);
  timer.unref();
  const drain = async (): Promise<void> => {
    for (let rest = mostBytes; rest > 0;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest -= value.byteLength;
    }
    cancel();
  };
  // A connection that breaks has nothing more to drain.
  drain()
    .catch(() => undefined)
    .finally(() => clearTimeout(timer));
}

/** The same for the body of a request that nobody has begun to read. */
export function drainUnread({ body }: Request): void {
  if (body !== null && !body.locked) drainBody(body.getReader());
}
