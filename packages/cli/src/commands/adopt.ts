import { fieldArgument } from '../arguments/field-argument.ts';
import { defineCommand, type Command } from '../command.ts';
import { UsageError } from '../errors/cli-error.ts';
import { rowsFlags, rowsOptions } from '../rows-flags.ts';
import { isBadRun, rowsLines } from '../rows-lines.ts';

/** `filefield adopt`: takes over the files that another column names. */
export const adopt: Command = defineCommand({
  name: 'adopt',
  summary: 'Takes over the files that another column of the table names, as Django leaves it',
  synopsis: 'Entity.property --column NAME',
  arguments: { least: 1, most: 1 },
  description: [
    'Writes only rows that have no file yet; may be stopped and run again at any time.',
  ],
  flags: {
    column: { type: 'text', value: 'NAME', summary: 'The former column: names, or URLs' },
    'base-url': {
      type: 'texts',
      value: 'URL',
      summary: 'What its URLs begin with, up to the name',
    },
    storage: {
      type: 'text',
      value: 'ALIAS',
      summary: "Where the objects are. Default: the field's",
    },
    'not-owned': {
      type: 'boolean',
      summary: 'Rows do not own their objects: another program still writes the former column',
    },
    ...rowsFlags,
  },
  examples: [
    ['User.avatar --column old_avatar --dry-run', 'How many rows, and what is wrong with some'],
    [
      'User.avatar --column photo_url --base-url https://cdn.example.com/media/',
      'A column of URLs',
    ],
  ],
  resume: 'Rows that are done stay done; run the same command again for the others',
  async run({ positionals: [argument = ''], flags, output, project, signal }) {
    const { column, storage } = flags;
    if (column === undefined) throw new UsageError('Cannot adopt: pass --column NAME');
    const opened = await project();
    const { entity, property } = fieldArgument(argument, (await opened.orm()).getMetadata());
    if (storage !== undefined) await opened.storage(storage);
    const files = await opened.connected();
    using progress = output.progress('Adopting');
    const report = await files.adopt(entity, property, {
      column,
      storage,
      baseUrl: flags['base-url'],
      owned: flags['not-owned'] !== true,
      ...rowsOptions(flags, progress, signal),
    });
    const lines = rowsLines(report, report.adopted, 'adopted');
    return { json: report, lines, isBad: isBadRun(report) };
  },
});
