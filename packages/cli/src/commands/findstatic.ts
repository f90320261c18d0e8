import { findStatic } from '@filefield/static';
import { defineCommand, type Command } from '../command.ts';
import { sourceFlags, sourceOptions } from '../static-sources.ts';

/** `filefield findstatic`: where static files lie in the sources. */
export const findstatic: Command = defineCommand({
  name: 'findstatic',
  summary: 'Tells where static files lie in the sources',
  synopsis: 'NAME…',
  arguments: { least: 1, most: Infinity },
  flags: {
    first: { type: 'boolean', summary: 'Only the one that counts' },
    ...sourceFlags,
  },
  examples: [
    ['css/app.css', 'Every place that has it, the one that counts first'],
    ['--first css/app.css -v 0', 'The one path, for a script'],
  ],
  async run({ positionals, flags, host, output, project }) {
    const options = sourceOptions(flags, (await project()).staticFiles, host.cwd);
    const found = [];
    for (const name of positionals) {
      const all = await findStatic(name, options);
      const files = (flags.first ? all.slice(0, 1) : all).map(({ path }) => path);
      found.push({ name, files });
    }
    const verbosity = output.isQuiet ? 0 : (flags.verbosity ?? 1);
    const lines = found.flatMap(({ name, files }) => {
      if (files.length === 0) return [];
      if (verbosity === 0) return files;
      return [`Found '${name}' here:`, ...files.map((path) => `  ${path}`)];
    });
    const searched = options.sources.map((source) =>
      typeof source === 'string' ? source : source.dir,
    );
    if (verbosity >= 2)
      lines.push('Looking in the following locations:', ...searched.map((dir) => `  ${dir}`));
    const missing = found.filter(({ files }) => files.length === 0);
    for (const { name } of missing) output.warn(`No matching file found for '${name}'.`);
    return { json: { found, searched }, lines, isBad: missing.length > 0 };
  },
});
