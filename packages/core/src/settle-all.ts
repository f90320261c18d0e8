import type { FileStorage } from './file-storage.ts';

/**
 * Does the work for every storage, and waits for all of them whatever fails.
 *
 * @throws the failure, or an `AggregateError` of several.
 */
export async function settleAll(
  storages: Iterable<FileStorage>,
  work: (storage: FileStorage) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled([...storages].map(work));
  const errors = results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason);
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} storages failed`);
}
