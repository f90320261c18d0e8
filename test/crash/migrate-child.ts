import { flushCompileCache } from 'node:module';
import type { MigrateOptions } from '@filefield/mikro-orm';
import { openDocuments } from './documents.ts';
import type { Place } from './documents.ts';
import { stepName } from './steps.ts';
import { tell } from './tell.ts';

/** What the test asks of this process. */
export interface MigrateJob extends Place {
  readonly options: MigrateOptions;
  /** The step at which it kills itself; it lives without. */
  readonly lastStep?: string | undefined;
}

const job = JSON.parse(process.argv[2] ?? '') as MigrateJob;
const documents = await openDocuments(job, {
  hook(point, phase) {
    const step = stepName(point, phase);
    tell(step);
    if (step === job.lastStep) process.kill(process.pid, 'SIGKILL');
  },
});
// A killed process would not write it at its end.
flushCompileCache();
await documents.orm.em.getConnection().execute('select 1');
tell('begins');
const { isComplete, isSettled } = await documents.files.migrate(job.options);
tell(isComplete ? `complete${isSettled ? ' and settled' : ''}` : 'incomplete');
await documents[Symbol.asyncDispose]();
