import type { IgnoreOptions, SourceOptions, StaticSource } from '@filefield/static';
import type { FlagValues } from './arguments/flag.ts';
import { UsageError } from './errors/cli-error.ts';
import type { StaticFilesConfiguration } from './project/static-files-configuration.ts';

/** The flags that say where static files come from. */
export const sourceFlags = {
  source: {
    type: 'texts',
    value: 'DIR',
    summary: 'A directory, package:NAME/dir, or prefix=DIR. Default: staticFiles.sources',
  },
  ignore: { type: 'texts', short: 'i', value: 'PATTERN', summary: 'Leaves out what matches' },
  'no-default-ignore': { type: 'boolean', summary: 'Leaves out nothing else: not CVS, .*, *~' },
  verbosity: {
    type: 'integer',
    short: 'v',
    value: 'N',
    summary: 'From 0, silent, to 3. Default: 1',
  },
} as const;

/**
 * Where static files come from: the flags, else the `staticFiles` of the configuration file.
 *
 * @throws {@link UsageError} when neither says it.
 */
export function sourceOptions(
  flags: FlagValues<typeof sourceFlags>,
  configured: StaticFilesConfiguration,
  cwd: string,
): SourceOptions & IgnoreOptions {
  const sources = flags.source?.map(sourceOf) ?? configured.sources ?? [];
  if (sources.length === 0) {
    throw new UsageError(
      'Cannot tell where static files come from',
      "Pass --source DIR, or export it beside the configuration of MikroORM: export const staticFiles = { sources: ['assets'] }",
    );
  }
  if (flags.verbosity !== undefined && flags.verbosity > 3) {
    throw new UsageError(`Cannot use ${flags.verbosity} as --verbosity: from 0 to 3 is wanted`);
  }
  return {
    sources,
    from: configured.from ?? cwd,
    ignore: [...(configured.ignore ?? []), ...(flags.ignore ?? [])],
    noDefaultIgnore: flags['no-default-ignore'] ?? configured.noDefaultIgnore,
  };
}

function sourceOf(text: string): StaticSource {
  const [, prefix, dir] = /^([^=/\\:]+(?:\/[^=\\:]+)?)=(.+)$/.exec(text) ?? [];
  return prefix === undefined || dir === undefined ? text : { prefix, dir };
}
