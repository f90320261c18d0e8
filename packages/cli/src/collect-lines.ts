import { fileURLToPath } from 'node:url';
import type { FileStorage } from '@filefield/core';
import type { CollectAction, CollectResult } from '@filefield/static';
import { counted } from './output/counted.ts';

/** How much of a result is told, and where the files are. */
export interface CollectLinesOptions {
  readonly storage: FileStorage;
  /** From 0 to 3, as Django has it. */
  readonly verbosity: number;
}

/** What `collectStatic()` answered, in Django's words. */
export function collectLines(
  result: CollectResult,
  { storage, verbosity }: CollectLinesOptions,
): string[] {
  const { conflicts, problems, unchanged, deleted } = result;
  const told = problems.map(({ message }) => `Warning: ${message}`);
  if (verbosity === 0) return told;
  return [
    ...told,
    ...(verbosity >= 2 ? unchanged.map((name) => `Skipping '${name}' (not modified)`) : []),
    ...(verbosity >= 2 ? conflicts.map(conflictLine) : []),
    ...(deleted.length > 0 ? [`${counted(deleted.length, 'static file')} deleted.`] : []),
    summary(result, storage),
  ];
}

/** One step of the work. */
export function collectNote(action: CollectAction, name: string, dryRun: boolean): string {
  const verbs: Readonly<Record<CollectAction, readonly [did: string, would: string]>> = {
    copied: ['Copying', 'copy'],
    linked: ['Linking', 'link'],
    processed: ['Post-processed', 'post-process'],
    compressed: ['Compressed', 'compress'],
    deleted: ['Deleting', 'delete'],
  };
  const [did, would] = verbs[action];
  return dryRun ? `Pretending to ${would} '${name}'` : `${did} '${name}'`;
}

function conflictLine({ name }: { readonly name: string }): string {
  return `Found another file with the destination path '${name}'. It will be ignored since only the first encountered file is collected. If this is not what you want, make sure every static file has a unique path.`;
}

function summary(result: CollectResult, { location }: FileStorage): string {
  const { copied, linked, processed, compressed, unchanged, conflicts } = result;
  const done = linked.length > 0 ? linked.length : copied.length;
  const verb = linked.length > 0 ? 'linked' : 'copied';
  const where = location.startsWith('file:') ? fileURLToPath(location) : location;
  const parts = [
    `${counted(done, 'static file')} ${verb} to '${where}'`,
    ...(unchanged.length > 0 ? [`${unchanged.length} unmodified`] : []),
    ...(processed.length > 0 ? [`${processed.length} post-processed`] : []),
    ...(compressed.length > 0 ? [`${compressed.length} compressed`] : []),
    ...(conflicts.length > 0 ? [`${conflicts.length} skipped due to conflict`] : []),
  ];
  return `${parts.join(', ')}.`;
}
