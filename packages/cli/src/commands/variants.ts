import { fieldArgument } from '../arguments/field-argument.ts';
import { defineCommand, type Command } from '../command.ts';
import { UsageError } from '../errors/cli-error.ts';
import { didYouMean } from '../errors/did-you-mean.ts';
import { counted } from '../output/counted.ts';
import { rowsFlags, rowsOptions } from '../rows-flags.ts';
import { isBadRun, rowsLines } from '../rows-lines.ts';

const { 'no-checksum': _, ...flags } = rowsFlags;

/** `filefield variants`: brings the variants of all rows up to their declaration. */
export const variants: Command = defineCommand({
  name: 'variants',
  summary: 'Makes the variants of images that rows lack, and drops those not declared any more',
  synopsis: 'regenerate Entity.property',
  arguments: { least: 2, most: 2 },
  description: [
    'For images that were there before their variants were declared, and after a definition has changed.',
    'May be stopped and run again at any time.',
  ],
  flags,
  examples: [
    ['regenerate User.avatar --dry-run', 'How many are missing, how many are stale'],
    ['regenerate User.avatar --concurrency 2', 'Makes them, two images at a time'],
  ],
  resume: 'Rows that are done stay done; run the same command again for the others',
  async run({ positionals: [what = '', argument = ''], flags: given, output, project, signal }) {
    if (what !== 'regenerate') {
      const fix = didYouMean(
        what,
        ['regenerate'],
        'Write filefield variants regenerate User.avatar',
      );
      throw new UsageError(
        `Cannot ${JSON.stringify(what)} variants: there is no such thing to do`,
        fix,
      );
    }
    const opened = await project();
    const { entity, property } = fieldArgument(argument, (await opened.orm()).getMetadata());
    const files = await opened.connected();
    using progress = output.progress('Making variants');
    const options = rowsOptions({ ...given, 'no-checksum': undefined }, progress, signal);
    const report = await files.regenerateVariants(entity, property, options);
    const { made, dropped, dryRun } = report;
    const sum = `${counted(made, 'variant')} ${dryRun ? 'to be made' : 'made'}, ${dropped} ${dryRun ? 'to be dropped' : 'dropped'}`;
    const lines = [...rowsLines(report, report.regenerated, 'brought up to date'), sum];
    return { json: report, lines, isBad: isBadRun(report) };
  },
});
