import { once } from 'node:events';
import { defineCommand, type Command } from '../command.ts';
import { CliError } from '../errors/cli-error.ts';
import { counted } from '../output/counted.ts';

/** `filefield worker`: reclaims whatever becomes due and makes variants, until it is stopped. */
export const worker: Command = defineCommand({
  name: 'worker',
  summary: 'Deletes objects that no row refers to, and makes variants, until it is stopped',
  description: ['SIGTERM and SIGINT let the batch that runs end, then it exits with 0.'],
  flags: {},
  examples: [
    ['', 'As a service beside an application with worker: manual'],
    ['--quiet', 'Without a line for each object'],
  ],
  isService: true,
  async run({ project, signal, output }) {
    const { worker: running } = await (await project()).connected();
    const missing = await running.checkRights();
    if (missing.length > 0) {
      const fix = 'Grant what workerGrants() of @filefield/mikro-orm writes';
      throw new CliError(missing.join('; '), { fix });
    }
    let reclaimed = 0;
    let failed = 0;
    running.on('reclaimed', ({ storage, name }) => {
      reclaimed += 1;
      output.note(`deleted ${storage}:${name}`);
    });
    running.on('failed', ({ storage, name, error, isDead }) => {
      failed += 1;
      output.note(`failed ${storage}:${name}${isDead ? ', given up' : ''}: ${error}`);
    });
    running.start();
    output.note('The worker is running');
    // The worker's own timers keep no process alive.
    const awake = setInterval(() => {}, 2 ** 30);
    if (!signal.aborted) await once(signal, 'abort');
    clearInterval(awake);
    await running.stop();
    const lines = [`${counted(reclaimed, 'object')} deleted, ${failed} failed`];
    return { json: { reclaimed, failed }, lines };
  },
});
