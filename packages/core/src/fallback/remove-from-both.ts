import type { TwoParts } from './first-found.ts';

/**
 * Removes objects from both parts, first from the fallback, so that what the primary shadowed never comes to light: an
 * object that the fallback cannot remove stays in the primary as well.
 *
 * @throws AggregateError of what failed, or the failure of a part that does not say which objects it is about.
 */
export async function removeFromBoth(
  operation: 'deleteMany' | 'reclaim',
  { primary, fallback }: TwoParts,
  names: readonly string[],
): Promise<void> {
  const failures = await failuresOf(async () => fallback[operation](names));
  const kept = new Set(failures.map(objectOf));
  if (kept.has(undefined)) throw failuresIn(operation, failures);
  const rest = names.filter((name) => !kept.has(name));
  if (rest.length > 0) failures.push(...(await failuresOf(async () => primary[operation](rest))));
  if (failures.length > 0) throw failuresIn(operation, failures);
}

async function failuresOf(work: () => Promise<void>): Promise<unknown[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    return [...error.errors];
  }
}

function failuresIn(operation: 'deleteMany' | 'reclaim', errors: unknown[]): AggregateError {
  const verb = operation === 'reclaim' ? 'reclaim' : 'delete';
  return new AggregateError(errors, `Cannot ${verb} ${errors.length} files`);
}

function objectOf(error: unknown): unknown {
  return error instanceof Error && 'object' in error ? error.object : undefined;
}
