import { flushCompileCache } from 'node:module';
import { watchDisk } from './disk-steps.ts';
import { openDocuments } from './documents.ts';
import type { Place } from './documents.ts';
import { operations } from './operations.ts';
import { sabotageProcess, type Sabotage } from './sabotage.ts';
import { stepName } from './steps.ts';
import { tell } from './tell.ts';
import { variantOperations } from './variant-operations.ts';

/** What the test asks of this process. */
export interface OperationJob extends Place {
  readonly operation: string;
  /** What counts as a step: the fail points, the changes on the disk, or the requests to S3. */
  readonly watched: 'protocol' | 'disk' | 'requests';
  /** How many steps it reaches, the last one included, before it kills itself; it lives without. */
  readonly lastStep?: number;
  /** What is taken out of the protocol. */
  readonly sabotage?: Sabotage;
  /** The step at which everything that is listed becomes due and is worked off. */
  readonly drainsAt?: string;
}

const job = JSON.parse(process.argv[2] ?? '') as OperationJob;
const operation = operations[job.operation] ?? variantOperations[job.operation];
if (operation === undefined) throw new Error(`Cannot run "${job.operation}"`);

let isArmed = false;
let reached = 0;
const seen = new Set<string>();
if (job.watched === 'disk') await watchDisk(reach);
using stack = new DisposableStack();
stack.use(sabotageProcess(job.sabotage));
const documents = await openDocuments(job, {
  async hook(point, phase) {
    const step = stepName(point, phase);
    if (isArmed && step === job.drainsAt) await drain();
    if (job.watched === 'protocol' && !(operation.once && seen.has(step))) reach(step);
  },
  onRequest(step) {
    if (job.watched === 'requests') reach(step);
  },
});
// A killed process would not write it at its end.
flushCompileCache();
await operation.prepare(documents);
isArmed = true;
await operation.run(documents);
isArmed = false;
await documents[Symbol.asyncDispose]();

async function drain(): Promise<void> {
  const { orm, files } = documents;
  // The worker's own steps are none of the operation's.
  isArmed = false;
  await orm.em
    .getConnection()
    .execute(`update file_journal set due_at = now() where reason = 'upload'`);
  await files.worker.drain();
  isArmed = true;
}

function reach(step: string): void {
  if (!isArmed) return;
  reached += 1;
  seen.add(step);
  tell(step);
  if (reached === job.lastStep) process.kill(process.pid, 'SIGKILL');
}
