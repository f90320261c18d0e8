import { setTimeout as sleep } from 'node:timers/promises';
import { aftermathOf, missingFiles, othersGone } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { openDocuments } from './documents.ts';
import type { Documents, Place } from './documents.ts';
import { randomFrom } from './random.ts';
import type { Random } from './random.ts';

/** What a storm did and left behind. */
export interface StormResult {
  kills: number;
  done: number;
  refused: number;
  reclaimed: number;
  readonly violations: string[];
}

const uploadTimeout = '1500ms';

/** Lets processes write and die for some seconds, reclaims all the while, and looks at what is left. */
export async function storm(
  place: Place,
  { seed, seconds }: { seed: number; seconds: number },
): Promise<StormResult> {
  const result: StormResult = { kills: 0, done: 0, refused: 0, reclaimed: 0, violations: [] };
  const random = randomFrom(seed);
  const run: Run = { place, random, result, end: Date.now() + seconds * 1000 };
  {
    await using documents = await openDocuments(place, { uploadTimeout, tombstone: '0ms' });
    await Promise.all([live(run), live(run), reclaim(run, documents), watch(run, documents)]);
  }
  await using documents = await openDocuments(place);
  await othersGone(documents);
  result.violations.push(...(await aftermathOf(documents, place)).violations);
  return result;
}

interface Run {
  readonly place: Place;
  readonly random: Random;
  readonly result: StormResult;
  readonly end: number;
}

/** One process after the other; each is killed at any moment after its first work. */
async function live({ place, random, result, end }: Run): Promise<void> {
  while (Date.now() < end) {
    const job = { ...place, seed: Math.floor(random.next() * 1e9), uploadTimeout };
    const patience = random.next() * 1500;
    const started = Promise.withResolvers<void>();
    const child = startChild('storm-child.ts', job, () => started.resolve());
    await Promise.race([started.promise, child.ended]);
    await Promise.race([sleep(patience), child.ended]);
    child.kill();
    const { signal, lines, errors } = await child.ended;
    if (signal === 'SIGKILL') result.kills += 1;
    else result.violations.push(`A process ended by itself: ${errors}`);
    const refused = lines.filter((line) => line.startsWith('refused '));
    result.refused += refused.length;
    result.done += lines.length - refused.length;
  }
}

async function reclaim({ result, end }: Run, { files }: Documents): Promise<void> {
  while (Date.now() < end) {
    const report = await files.worker.drain();
    result.reclaimed += report.reclaimed;
    result.violations.push(...report.problems);
    await sleep(20);
  }
}

/** A file that is missing although its row is still there afterwards: names never come back. */
async function watch({ place, result, end }: Run, documents: Documents): Promise<void> {
  while (Date.now() < end) {
    const missing = await missingFiles(documents, place);
    const still = missing.length > 0 ? await missingFiles(documents, place) : [];
    result.violations.push(
      ...missing.filter((path) => still.includes(path)).map((path) => `Dangled: ${path}`),
    );
    await sleep(30);
  }
}
