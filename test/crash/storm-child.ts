import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { FileChangedError, FileNotFoundError, UploadRejectedError } from '@filefield/core';
import { openDocuments } from './documents.ts';
import type { Place } from './documents.ts';
import { randomFrom } from './random.ts';
import { works } from './storm-works.ts';

/** What the test asks of this process, which ends by being killed. */
export interface StormJob extends Place {
  readonly seed: number;
  readonly uploadTimeout: `${number}ms`;
}

/** How many works run at once. */
const loops = 3;

const job = JSON.parse(process.argv[2] ?? '') as StormJob;
const { uploadTimeout } = job;
const documents = await openDocuments(job, { uploadTimeout, tombstone: '0ms' });
let labels = 0;
const label = (): string => `${job.seed}-${(labels += 1)}`;
flushCompileCache();
await Promise.all(Array.from({ length: loops }, async (_, index) => loop(index)));

async function loop(index: number): Promise<void> {
  const random = randomFrom(job.seed + index);
  const storm = { ...documents, random, label };
  for (;;) {
    const work = random.pick(works);
    try {
      await work(storm, documents.orm.em.fork());
      writeSync(1, `${work.name}\n`);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      writeSync(1, `refused ${work.name}: ${error.name}\n`);
    }
  }
}

/** What others did in the meantime; nothing else may go wrong. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const refusals = [FileChangedError, FileNotFoundError, UploadRejectedError];
  if (refusals.some((refusal) => error instanceof refusal)) return true;
  // Deadlock, serialization failure, a reclaimed file, and an unfinished file that was reclaimed as expired.
  const codes = ['40P01', '40001', '23503', 'ENOENT'];
  return codes.includes(String(Reflect.get(error, 'code'))) || isRefusal(error.cause);
}
