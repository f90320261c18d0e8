import { contentHash, hashedName, unhashedName } from './hashed-name.ts';
import { inOrder } from './in-order.ts';
import { scannedFiles, type ScannedFile, type ScanOptions } from './scanned-files.ts';
import type { SourceFile } from './source-files.ts';
import type { StaticProblem } from './static-files-error.ts';
import { rewrittenText, type HashedOf, type StaticReference } from './static-text.ts';

/** A static file whose final name is known. */
export interface ProcessedFile extends SourceFile {
  /** Hash of the bytes in the source. */
  readonly original: string;
  /** The name that changes with the bytes. */
  readonly hashed: string;
  /** Whether its bytes under that name may be others than in the source: they refer to hashed names. */
  readonly isRewritten: boolean;
  /** How many files it is away from those that refer to nothing: what a file refers to has a lower level, but for loops. */
  readonly level: number;
}

/** What processing found. */
export interface ProcessedFiles {
  /** By name; what a file refers to comes before it, but for loops. */
  readonly files: ReadonlyMap<string, ProcessedFile>;
  readonly problems: readonly StaticProblem[];
  /**
   * The bytes of a rewritten file under its hashed name.
   * @throws {@link StaticFilesError} when the file is not what it was any more.
   */
  readonly rewritten: (file: ProcessedFile) => Promise<Buffer>;
}

/**
 * Finds the final name of every file: the hash of its bytes once they refer to the final names of others. Files in a loop
 * cannot hold each other's hashes: the names of all of them change with the bytes of any.
 */
export async function processedFiles(
  sources: ReadonlyMap<string, SourceFile>,
  options: ScanOptions,
): Promise<ProcessedFiles> {
  const { algorithm } = options;
  const { scanned, problems } = await scannedFiles(sources, options);
  const files = new Map<string, ProcessedFile>();
  const byName = new Map(scanned.map((one) => [one.file.name, one]));
  const hashedOf: HashedOf = (name) => files.get(name)?.hashed;

  const rewrite = async (one: ScannedFile, names: HashedOf): Promise<string> =>
    rewrittenText(one.file, one, { algorithm, hashedOf: names });
  const add = ({ file, hash, needs }: ScannedFile, finalHash: string, level: number): void => {
    const isRewritten = needs.size > 0;
    const hashed = hashedName(file.name, finalHash);
    files.set(file.name, { ...file, original: hash, hashed, isRewritten, level });
  };
  const addAlone = async (one: ScannedFile): Promise<void> => {
    if (one.needs.size === 0) return add(one, one.hash, 0);
    const text = await rewrite(one, hashedOf);
    return add(one, contentHash(text, algorithm), levelOf([one], files));
  };
  const addLoop = async (loop: readonly ScannedFile[]): Promise<void> => {
    const inside = new Set(loop.map(({ file }) => file.name));
    const own: [ScannedFile, string][] = [];
    for (const one of loop.toSorted((a, b) => (a.file.name < b.file.name ? -1 : 1))) {
      const outside: HashedOf = (name) => (inside.has(name) ? undefined : hashedOf(name));
      const text = await rewrite(one, outside);
      own.push([one, contentHash(text, algorithm)]);
    }
    const all = JSON.stringify(own.map(([{ file }, hash]) => [file.name, hash]));
    const level = levelOf(loop, files);
    for (const [one, hash] of own) add(one, contentHash(`${hash} ${all}`, algorithm), level);
  };

  for (const circle of inOrder(scanned, ({ needs }) => needs)) {
    const [first] = circle;
    if (first === undefined) continue;
    if (circle.length === 1 && !first.needs.has(first)) {
      await addAlone(first);
    } else {
      await addLoop(circle);
      problems.push(loopProblem(circle));
    }
  }
  const missing = scanned.flatMap((one) => missingFiles(one, files));
  return {
    files,
    problems: [...problems, ...missing],
    rewritten: async ({ name }) => {
      const one = byName.get(name);
      if (one === undefined) throw new RangeError(`Cannot rewrite "${name}": it was not processed`);
      return Buffer.from(await rewrite(one, hashedOf));
    },
  };
}

function levelOf(
  circle: readonly ScannedFile[],
  files: ReadonlyMap<string, ProcessedFile>,
): number {
  let level = 0;
  for (const { needs } of circle) {
    for (const { file } of needs) level = Math.max(level, (files.get(file.name)?.level ?? -1) + 1);
  }
  return level;
}

function missingFiles(
  { file, references }: ScannedFile,
  files: ReadonlyMap<string, ProcessedFile>,
): StaticProblem[] {
  return references.filter((one) => !isThere(one, files)).map((one) => missingFile(file, one));
}

/** Whether a reference leads to a static file: by its plain name, or by its hashed one already. */
function isThere({ name }: StaticReference, files: ReadonlyMap<string, ProcessedFile>): boolean {
  if (files.has(name)) return true;
  const plain = unhashedName(name);
  return plain !== undefined && files.get(plain)?.hashed === name;
}

function missingFile({ name, path }: SourceFile, reference: StaticReference): StaticProblem {
  const { url, line } = reference;
  const message =
    `${JSON.stringify(name)} refers to ${JSON.stringify(url)} in line ${line}, ` +
    `no source has ${JSON.stringify(reference.name)}`;
  return { reason: 'missing', name, path, line, message };
}

function loopProblem(circle: readonly ScannedFile[]): StaticProblem {
  const [start, ...way] = wayRound(circle);
  const { name, path } = start.file;
  const [next = start] = way;
  const line = start.references.find((one) => one.name === next.file.name)?.line;
  const names = [start, ...way].map(({ file }) => JSON.stringify(file.name));
  const message = `${names.join(' → ')} refer to each other in a loop, line ${line} of the first`;
  return { reason: 'loop', name, path, line, message };
}

/** The way from a file of a circle back to one that was passed. */
function wayRound(circle: readonly ScannedFile[]): readonly [ScannedFile, ...ScannedFile[]] {
  const inside = new Set(circle);
  const passed: ScannedFile[] = [];
  let [here] = circle.toSorted((a, b) => (a.file.name < b.file.name ? -1 : 1));
  while (here !== undefined && !passed.includes(here)) {
    passed.push(here);
    here = [...here.needs].find((one) => inside.has(one));
  }
  if (here === undefined) throw new RangeError('Cannot find the way round: it is no circle');
  return [here, ...passed.slice(passed.indexOf(here) + 1), here];
}
