import { FileExistsError } from '@filefield/core';
import { below, shownEnd, type CopyEnd } from './copy-end.ts';
import { copiedEntries, type CopiedEntry } from './copied-entries.ts';
import { copyOne, sizeOf, type CopyOneOptions } from './copy-one.ts';

/** Options of {@link copyAll}. */
export interface CopyAllOptions extends CopyOneOptions {
  readonly concurrency: number;
  /** Told after each file. */
  readonly onFile: (result: CopyResult) => void;
}

/** What became of the files below a directory. */
export interface CopyResult {
  /** Files that were found so far. */
  found: number;
  copied: number;
  /** Files whose target was there already, of the same size. */
  present: number;
  readonly failed: { readonly name: string; readonly error: string }[];
}

/** Copies everything below a directory; what fails is told and does not keep the others from being copied. */
export async function copyAll(
  from: CopyEnd,
  to: CopyEnd,
  options: CopyAllOptions,
): Promise<CopyResult> {
  const { concurrency, signal, onFile } = options;
  const result: CopyResult = { found: 0, copied: 0, present: 0, failed: [] };
  const entries = copiedEntries(from);
  const work = async (): Promise<void> => {
    for await (const entry of { [Symbol.asyncIterator]: () => ({ next: () => entries.next() }) }) {
      signal.throwIfAborted();
      result.found += 1;
      await copyEntry(entry, below(to, entry.name), options, result);
      onFile(result);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, work));
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return result;
}

async function copyEntry(
  { end }: CopiedEntry,
  target: CopyEnd,
  options: CopyAllOptions,
  result: CopyResult,
): Promise<void> {
  try {
    await copyOne(end, target, options);
    result.copied += 1;
  } catch (error) {
    options.signal.throwIfAborted();
    const isTaken = error instanceof FileExistsError;
    if (isTaken && (await sizeOf(end)) === (await sizeOf(target))) result.present += 1;
    else result.failed.push({ name: shownEnd(end), error: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
