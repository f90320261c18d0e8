import pLimit from 'p-limit';
import { sourceHash } from './source-bytes.ts';
import type { SourceFile } from './source-files.ts';
import type { StaticProblem } from './static-files-error.ts';
import {
  isStaticText,
  scannedText,
  type StaticReference,
  type TextOptions,
} from './static-text.ts';

/** A static file that was read. */
export interface ScannedFile {
  readonly file: SourceFile;
  /** Hash of its bytes in the source. */
  readonly hash: string;
  /** What its text refers to, there or not. */
  readonly references: readonly StaticReference[];
  /** The files that it refers to, itself perhaps. */
  readonly needs: ReadonlySet<ScannedFile>;
}

/** Options of {@link scannedFiles}. */
export interface ScanOptions extends TextOptions {
  /** Files that are read at the same time. */
  readonly concurrency: number;
}

/** Reads all files, and keeps of each its hash and where it refers to others; answers in the order of the sources. */
export async function scannedFiles(
  sources: ReadonlyMap<string, SourceFile>,
  options: ScanOptions,
): Promise<{ scanned: ScannedFile[]; problems: StaticProblem[] }> {
  const problems: StaticProblem[] = [];
  const scanned = await pLimit(options.concurrency).map(sources.values(), async (file) => {
    const { hash, references, problem } = await scan(file, options);
    if (problem !== undefined) problems.push(problem);
    return { file, hash, references, needs: new Set<ScannedFile>() };
  });
  const byName = new Map(scanned.map((one) => [one.file.name, one]));
  for (const { references, needs } of scanned) {
    for (const { name } of references) {
      const other = byName.get(name);
      if (other !== undefined) needs.add(other);
    }
  }
  return { scanned, problems };
}

async function scan(
  file: SourceFile,
  options: TextOptions,
): Promise<{
  hash: string;
  references: readonly StaticReference[];
  problem?: StaticProblem | undefined;
}> {
  if (isStaticText(file.name, options)) return scannedText(file, options);
  return { hash: await sourceHash(file, options.algorithm), references: [] };
}
