import type { VariantsReport } from '@filefield/mikro-orm';
import { defineCommand, type Command } from '../command.ts';
import { counted } from '../output/counted.ts';

/** `filefield drain`: reclaims what is due now. */
export const drain: Command = defineCommand({
  name: 'drain',
  summary: 'Deletes what is due now, makes variants, and ends: for cron jobs',
  flags: {},
  examples: [['', 'Exit code 1 when something was left alone or failed']],
  resume: 'What was not deleted yet is deleted by the next run',
  async run({ project, signal, output }) {
    const { worker } = await (await project()).connected();
    worker.on('reclaimed', ({ storage, name }) => output.detail(`deleted ${storage}:${name}`));
    const report = await worker.drain({ signal });
    const { reclaimed, kept, postponed, failed, dead, purged, problems } = report;
    const summary = `${counted(reclaimed, 'object')} deleted, ${kept} kept, ${postponed} postponed, ${failed} failed, ${dead} given up, ${counted(purged, 'tombstone')} purged`;
    const made = variantsLines(report.variants);
    const isBad = failed > 0 || problems.length > 0 || (report.variants?.problems.length ?? 0) > 0;
    return { json: report, lines: [...problems, ...made, summary], isBad };
  },
});

function variantsLines(report: VariantsReport | undefined): string[] {
  if (report === undefined) return [];
  const { originals, variants, failed, refused, problems } = report;
  return [
    ...problems,
    `${counted(variants, 'variant')} made of ${counted(originals, 'image')}, ${failed} failed, ${refused} impossible`,
  ];
}
