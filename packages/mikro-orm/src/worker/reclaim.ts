import { InvalidNameError, type FileStorage } from '@filefield/core';

/** How many objects one call of the storage deletes; S3 takes no more. */
export const reclaimBatch = 1000;

const givingUpAfter = 5;

/**
 * Deletes objects at every location of a place, first where others shadow them: what cannot be deleted there stays in
 * the others as well, so that older bytes never come to light.
 *
 * @param storages In the order in which they are read.
 * @returns why, for each name whose object may still be somewhere.
 */
export async function reclaimEverywhere(
  storages: readonly FileStorage[],
  names: readonly string[],
): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (const storage of storages.toReversed()) {
    const failed = await reclaimAll(
      async (batch) => await storage.reclaim(batch),
      names.filter((name) => !failures.has(name)),
    );
    for (const [name, reason] of failed) failures.set(name, reason);
  }
  return failures;
}

/**
 * Deletes objects with all that unfinished writes left of them; those that were gone already are no failure.
 *
 * @param reclaimNames Deletes a batch; rejects as `FileStorage.reclaim` does.
 * @returns why, for each name whose object may still be there.
 */
export async function reclaimAll(
  reclaimNames: FileStorage['reclaim'],
  names: readonly string[],
): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (let at = 0; at < names.length; at += reclaimBatch) {
    const batch = names.slice(at, at + reclaimBatch);
    for (const [name, reason] of await reclaimOnce(reclaimNames, batch)) failures.set(name, reason);
  }
  return failures;
}

async function reclaimOnce(
  reclaimNames: FileStorage['reclaim'],
  batch: readonly string[],
): Promise<Map<string, string>> {
  try {
    await reclaimNames(batch);
    return new Map();
  } catch (error) {
    const named = namedFailures(error);
    if (named && [...named.keys()].every((name) => batch.includes(name))) return named;
    return await reclaimEach(reclaimNames, batch, error);
  }
}

/**
 * The storage did not say which name it failed for: one bad name must not keep the others. A storage that
 * fails several times in a row is down, and is not asked again.
 */
async function reclaimEach(
  reclaimNames: FileStorage['reclaim'],
  batch: readonly string[],
  error: unknown,
): Promise<Map<string, string>> {
  if (batch.length === 1) return new Map(batch.map((name) => [name, messageOf(error)]));
  const failures = new Map<string, string>();
  let inARow = 0;
  let last: unknown;
  for (const name of batch) {
    try {
      if (inARow === givingUpAfter) throw last;
      await reclaimNames([name]);
      inARow = 0;
    } catch (thrown) {
      failures.set(name, namedFailures(thrown)?.get(name) ?? messageOf(thrown));
      // A name that somebody wrote past the library says nothing of the storage.
      if (isRefusedName(thrown) || inARow === givingUpAfter) continue;
      inARow += 1;
      last = thrown;
    }
  }
  return failures;
}

function isRefusedName(error: unknown): boolean {
  return error instanceof InvalidNameError;
}

function namedFailures(error: unknown): Map<string, string> | undefined {
  if (!(error instanceof AggregateError)) return undefined;
  const failures = new Map<string, string>();
  for (const failure of error.errors) {
    const name = nameIn(failure);
    if (name === undefined) return undefined;
    failures.set(name, messageOf(failure));
  }
  return failures;
}

function nameIn(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('object' in error)) return undefined;
  return typeof error.object === 'string' ? error.object : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
