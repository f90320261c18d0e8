/**
 * Starts something for the first project of a run that asks, and answers the same to the others. Vitest loads the
 * modules of a set-up anew for each project, so that no variable of a module could tell.
 */
export async function oncePerRun<T>(name: string, start: () => Promise<T>): Promise<T> {
  const started = globalThis as { [key: symbol]: Promise<T> | undefined };
  return (started[Symbol.for(`filefield.test.${name}`)] ??= start());
}
