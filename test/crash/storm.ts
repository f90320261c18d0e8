import { setTimeout as sleep } from 'node:timers/promises';
import { aftermathOf, inspect, othersGone } from './aftermath.ts';
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
  readonly violations: Set<string>;
}

const uploadTimeout = '1500ms';

/** Lets processes write and die for some seconds, reclaims all the while, and looks at what is left. */
export async function storm(
  place: Place,
  { seed, seconds }: { seed: number; seconds: number },
): Promise<StormResult> {
  const result: StormResult = {
    kills: 0,
    done: 0,
    refused: 0,
    reclaimed: 0,
    violations: new Set(),
  };
  const random = randomFrom(seed);
  const run: Run = { place, random, result, end: Date.now() + seconds * 1000 };
  {
    await using documents = await openDocuments(place, { uploadTimeout, tombstone: '0ms' });
    // Who is killed while he takes a location leaves a temporary file of the owner's, which no journal lists.
    await documents.files.ready();
    await Promise.all([live(run), live(run), reclaim(run, documents), watch(run, documents)]);
  }
  await using documents = await openDocuments(place);
  await othersGone(documents);
  report(result, (await aftermathOf(documents, place)).violations);
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
    else report(result, [`A process ended by itself: ${errors}`]);
    const refused = lines.filter((line) => line.startsWith('refused '));
    result.refused += refused.length;
    result.done += lines.length - refused.length;
  }
}

async function reclaim({ result, end }: Run, { files }: Documents): Promise<void> {
  while (Date.now() < end) {
    const drained = await files.worker.drain();
    result.reclaimed += drained.reclaimed;
    report(result, drained.problems);
    await sleep(20);
  }
}

/** What is wrong with a row and still is a moment later; in between, rows come and go. */
async function watch({ place, result, end }: Run, documents: Documents): Promise<void> {
  while (Date.now() < end) {
    const { violations } = await inspect(documents, place);
    const again = violations.length > 0 ? await inspect(documents, place) : undefined;
    report(
      result,
      violations.filter((violation) => again?.violations.includes(violation)),
    );
    await sleep(30);
  }
}

function report({ violations }: StormResult, sentences: readonly string[]): void {
  for (const sentence of sentences) violations.add(sentence);
}
