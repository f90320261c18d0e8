import type { FileStorage } from '@filefield/core';
import { collectStatic, type CollectOptions } from '@filefield/static';
import { defineCommand, type Command, type CommandContext } from '../command.ts';
import type { FlagValues } from '../arguments/flag.ts';
import { collectLines, collectNote } from '../collect-lines.ts';
import { staticPlace } from '../static-place.ts';
import { sourceFlags, sourceOptions } from '../static-sources.ts';

const flags = {
  ...sourceFlags,
  storage: {
    type: 'text',
    value: 'ALIAS',
    summary: 'Where they go. Default: staticFiles.storage, else static',
  },
  'dry-run': { type: 'boolean', short: 'n', summary: 'Says what would be done, and does nothing' },
  clear: {
    type: 'boolean',
    short: 'c',
    summary: 'Afterwards removes everything else from the storage',
  },
  prune: {
    type: 'count',
    value: 'N',
    summary: 'Removes what only deployments older than the last N had. Default: 1',
  },
  link: { type: 'boolean', short: 'l', summary: 'Hard links in place of copies, on one disk' },
  'no-post-process': { type: 'boolean', summary: 'Plain names only: no hashes, no manifest' },
  precompress: { type: 'boolean', summary: 'gzip and brotli forms too' },
  modules: { type: 'boolean', summary: 'Rewrites what JavaScript modules import' },
  'no-strict': { type: 'boolean', summary: 'Tells what is missing and goes on' },
  'fail-on-conflict': {
    type: 'boolean',
    summary: 'Exit code 1 when a file hides another one of the same name',
  },
  verify: {
    type: 'boolean',
    summary: 'Compares every object in place of trusting the last manifest',
  },
  concurrency: {
    type: 'integer',
    least: 1,
    value: 'N',
    summary: 'Files at the same time. Default: 8',
  },
  'no-input': { type: 'boolean', summary: 'Does not ask, as --yes' },
  noinput: { type: 'boolean', summary: 'As --no-input', hidden: true },
} as const;

/** `filefield collectstatic`: collects static files. */
export const collectstatic: Command = defineCommand({
  name: 'collectstatic',
  summary: 'Collects static files into their storage, under names that hold a hash',
  description: [
    'Flags win over what the configuration file exports as staticFiles. Asks before it writes to a place',
    'that is not empty, unless nothing of it is on this machine: then always.',
  ],
  flags,
  examples: [
    ['--yes', 'In a deployment: what is there already is not written again'],
    ['--dry-run -v 2', 'Names everything that would be written'],
    ['--yes --prune 2 --precompress', 'Compressed forms; files of older deployments than two go'],
  ],
  resume: 'What is served is whole; the next run ends the work',
  async run(context) {
    const { output, project, signal } = context;
    const opened = await project();
    const { staticFiles } = opened;
    const place = await staticPlace(opened, context.flags.storage);
    const { storage } = place;
    const verbosity = output.isQuiet ? 0 : (context.flags.verbosity ?? 1);
    const options: CollectOptions = {
      ...staticFiles,
      ...sourceOptions(context.flags, staticFiles, context.host.cwd),
      ...chosen(context.flags),
      ...place,
      signal,
    };
    await ask(context, storage);
    using progress = output.progress(options.dryRun ? 'Pretending' : 'Collecting');
    const result = await collectStatic({
      ...options,
      onProgress: ({ action, name, done, total }) => {
        if (verbosity >= 2) output.note(collectNote(action, name, options.dryRun === true));
        else if (verbosity === 1) progress.update({ done, total });
      },
    });
    const { manifest, ...told } = result;
    return {
      json: {
        storage: storage.alias,
        ...told,
        paths: manifest && Object.fromEntries(manifest.paths),
      },
      lines: collectLines(result, { storage, verbosity }),
      isBad: context.flags['fail-on-conflict'] === true && result.conflicts.length > 0,
    };
  },
});

/** What the flags say; what they do not say is the configuration's. */
function chosen(given: FlagValues<typeof flags>): Partial<CollectOptions> {
  const said = {
    dryRun: given['dry-run'],
    clear: given.clear,
    prune: given.prune,
    link: given.link,
    postProcess: given['no-post-process'] && false,
    precompress: given.precompress,
    modules: given.modules,
    strict: given['no-strict'] && false,
    verify: given.verify,
    concurrency: given.concurrency,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/** In Django's words, and where Django asks: not of a place of this machine that holds nothing. */
async function ask(
  { flags: given, host, confirm }: CommandContext<FlagValues<typeof flags>>,
  storage: FileStorage,
): Promise<void> {
  if (given['dry-run'] || given['no-input'] || given.noinput) return;
  if (storage.capabilities.path && (await isEmpty(storage))) return;
  host.signal.throwIfAborted();
  const preface = [
    'You have requested to collect static files at the destination',
    'location as specified in your configuration:',
    '',
    `    ${storage.location}`,
    '',
  ];
  const warning = given.clear
    ? 'This will DELETE ALL FILES in this location!'
    : 'This will overwrite existing files!';
  await confirm({ preface, warning, cancelled: 'Collecting static files cancelled.' });
}

async function isEmpty(storage: FileStorage): Promise<boolean> {
  const { directories, files } = await storage.list();
  return directories.length === 0 && files.length === 0;
}
