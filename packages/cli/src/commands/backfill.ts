import { fieldArgument } from '../arguments/field-argument.ts';
import { defineCommand, type Command } from '../command.ts';
import { rowsFlags, rowsOptions } from '../rows-flags.ts';
import { isBadRun, rowsLines } from '../rows-lines.ts';

/** `filefield backfill`: fills in what rows do not tell of their objects. */
export const backfill: Command = defineCommand({
  name: 'backfill',
  summary: 'Fills in what rows do not tell of their objects: size, type, sha256',
  synopsis: 'Entity.property',
  arguments: { least: 1, most: 1 },
  description: ['Writes only what is missing; may be stopped and run again at any time.'],
  flags: rowsFlags,
  examples: [
    ['User.avatar --dry-run', 'How many rows lack something'],
    ['User.avatar --no-checksum', 'Sizes and types only, without reading the objects'],
  ],
  resume: 'Rows that are done stay done; run the same command again for the others',
  async run({ positionals: [argument = ''], flags, output, project, signal }) {
    const opened = await project();
    const { entity, property } = fieldArgument(argument, (await opened.orm()).getMetadata());
    const files = await opened.connected();
    using progress = output.progress('Filling in');
    const report = await files.backfill(entity, property, rowsOptions(flags, progress, signal));
    const lines = rowsLines(report, report.filled, 'filled in');
    return { json: report, lines, isBad: isBadRun(report) };
  },
});
