import { setTimeout as sleep } from 'node:timers/promises';
import { flushCompileCache } from 'node:module';
import {
  FileChangedError,
  FileNotFoundError,
  StorageError,
  UploadRejectedError,
} from '@filefield/core';
import { failingStorage, type FailingStorage, type StorageFault } from '@filefield/core/testing';
import { openDocuments } from './documents.ts';
import type { Place } from './documents.ts';
import { randomFrom } from './random.ts';
import { stepName } from './steps.ts';
import { reclaimOnly, uploadWorks, works, writesOnly } from './storm-works.ts';
import { tell } from './tell.ts';

/** What the test asks of this process, which ends by being killed. */
export interface StormJob extends Place {
  readonly seed: number;
  readonly uploadTimeout: `${number}ms`;
  readonly tombstone: `${number}s`;
  /** `worker`: nothing but reclaim; `writes`: what asks for no right of the worker's. */
  readonly does: 'everything' | 'worker' | 'writes';
  /** The fail point at which it kills itself, and the how many-th time. */
  readonly lastStep?: { readonly step: string; readonly time: number } | undefined;
  /** What goes wrong around it, and is no reason to end. */
  readonly trouble?: 'storage' | 'database' | undefined;
}

const worksOf = { everything: works, worker: reclaimOnly, writes: writesOnly };

/** How many works run at once. */
const loops = 3;

const job = JSON.parse(process.argv[2] ?? '') as StormJob;
const copying = job.s3 === undefined ? 'copy' : 'copyFrom';

const everyFault: readonly StorageFault[] = [
  { operation: 'save', when: 'before' },
  { operation: 'save', when: 'during', afterBytes: 30_000 },
  { operation: 'save', when: 'after' },
  { operation: 'save', when: 'before', effect: 'hang' },
  { operation: 'save', when: 'during', afterBytes: 30_000, effect: 'hang' },
  { operation: 'save', when: 'after', effect: 'hang' },
  { operation: copying, when: 'before' },
  { operation: copying, when: 'after' },
  { operation: copying, when: 'after', effect: 'hang' },
  { operation: 'open', when: 'before' },
  { operation: 'open', when: 'during', afterBytes: 100 },
  { operation: 'stat', when: 'before' },
  { operation: 'reclaim', when: 'before' },
  { operation: 'reclaim', when: 'after' },
  { operation: 'reclaim', when: 'before', effect: 'hang' },
];

const { uploadTimeout, tombstone, lastStep } = job;
const storages: FailingStorage[] = [];
const faults: StorageFault[] = [];
let left = lastStep?.time ?? 0;
const documents = await openDocuments(job, {
  uploadTimeout,
  tombstone,
  wrap(storage) {
    const failing = failingStorage(storage, faults);
    storages.push(failing);
    return job.trouble === 'storage' ? failing : storage;
  },
  hook(point, phase) {
    if (stepName(point, phase) !== lastStep?.step) return;
    left -= 1;
    if (left > 0) return;
    tell(`killed at ${lastStep.step}`);
    process.kill(process.pid, 'SIGKILL');
  },
});
let labels = 0;
const label = (): string => `${job.seed}-${(labels += 1)}`;
flushCompileCache();
if (job.trouble === 'storage') void disturb();
await Promise.all(Array.from({ length: loops }, async (_, index) => loop(index)));

async function loop(index: number): Promise<void> {
  const random = randomFrom(job.seed + index);
  const storm = { ...documents, random, label };
  // A browser has a second at least.
  const isTooShort = Number.parseInt(uploadTimeout, 10) < 1000;
  const usable = worksOf[job.does].filter((work) => !(isTooShort && uploadWorks.includes(work)));
  for (;;) {
    const work = random.pick(usable);
    try {
      await work(storm, documents.orm.em.fork());
      tell(`did ${work.name}`);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      tell(`refused ${work.name}: ${error.name}`);
      // Without a server everything is refused at once.
      await sleep(10);
    }
  }
}

/** Lets the storages fail, hang and answer late, each for a moment. */
async function disturb(): Promise<never> {
  const random = randomFrom(job.seed - 1);
  for (;;) {
    await new Promise((resolve) => void setTimeout(resolve, random.next() * 400));
    faults.length = 0;
    for (const storage of storages) storage.release();
    if (random.next() < 0.6) continue;
    faults.push(random.pick(everyFault));
    tell('faulty');
  }
}

/** What others did in the meantime, or the trouble that was ordered; nothing else may go wrong. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const refusals = [FileChangedError, FileNotFoundError, UploadRejectedError];
  if (refusals.some((refusal) => error instanceof refusal)) return true;
  // Deadlock, serialization failure, a reclaimed file, and an unfinished file that was reclaimed as expired.
  const codes = ['40P01', '40001', '23503', 'ENOENT'];
  const code = String(Reflect.get(error, 'code'));
  if (codes.includes(code)) return true;
  if (job.trouble === 'storage' && error instanceof StorageError) return true;
  if (job.trouble === 'database' && isLostConnection(code, error.message)) return true;
  if (error instanceof AggregateError) return error.errors.every(isRefusal);
  return isRefusal(error.cause);
}

/** The server, or an administrator, ended the connection, or does not take one yet. */
function isLostConnection(code: string, message: string): boolean {
  const codes = ['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];
  const messages = /^Connection terminated|connection error and is not queryable/;
  return codes.includes(code) || messages.test(message);
}
