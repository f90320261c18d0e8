import { defineCommand, type Command } from '../command.ts';
import { counted } from '../output/counted.ts';

/** `filefield drain`: reclaims what is due now. */
export const drain: Command = defineCommand({
  name: 'drain',
  summary: 'Deletes what is due now, and ends: for cron jobs',
  flags: {},
  examples: [['', 'Exit code 1 when something was left alone or failed']],
  resume: 'What was not deleted yet is deleted by the next run',
  async run({ project, signal, output }) {
    const { worker } = await (await project()).connected();
    worker.on('reclaimed', ({ storage, name }) => output.detail(`deleted ${storage}:${name}`));
    const report = await worker.drain({ signal });
    const { reclaimed, kept, postponed, failed, dead, purged, problems } = report;
    const summary = `${counted(reclaimed, 'object')} deleted, ${kept} kept, ${postponed} postponed, ${failed} failed, ${dead} given up, ${counted(purged, 'tombstone')} purged`;
    const isBad = failed > 0 || problems.length > 0;
    return { json: report, lines: [...problems, summary], isBad };
  },
});
