import pLimit from 'p-limit';

/** Work that one call of `deleteMany` or `reclaim` keeps in flight. */
const atOnce = 16;

/** Does the work for every name, 16 at a time, and answers what failed. */
export async function failuresOf(
  names: readonly string[],
  work: (name: string) => Promise<void>,
): Promise<Map<string, unknown>> {
  const limit = pLimit(atOnce);
  const failures = new Map<string, unknown>();
  const run = async (name: string): Promise<void> => {
    await work(name).catch((error: unknown) => failures.set(name, error));
  };
  await Promise.all(names.map((name) => limit(run, name)));
  return failures;
}
