import type { ReconcileReport } from '@filefield/mikro-orm';
import { defineCommand, type Command } from '../command.ts';
import { counted } from '../output/counted.ts';
import { humanSize } from '../output/human-size.ts';

/** `filefield reconcile`: compares storages and database. */
export const reconcile: Command = defineCommand({
  name: 'reconcile',
  summary: 'Compares storages and database: orphans, missing objects, sizes that differ',
  synopsis: '[ALIAS…]',
  arguments: { least: 0, most: Infinity },
  description: [
    'Only looks, unless told to schedule: then orphans and unfinished writes are listed in the journal,',
    'and the worker deletes them when their grace is over. It never deletes by itself.',
  ],
  flags: {
    schedule: {
      type: 'boolean',
      summary: 'Lists what it finds in the journal, for the worker to delete',
    },
    'older-than': {
      type: 'duration',
      value: 'TIME',
      summary: 'Leaves younger objects alone. Default: 24h',
    },
    limit: { type: 'integer', value: 'N', summary: 'Findings of each kind. Default: 10000' },
  },
  examples: [
    ['', 'Compares every storage; exit code 1 when something is wrong'],
    ['private --schedule --older-than 7d', 'Has the orphans of one storage deleted'],
  ],
  resume: 'What was scheduled stays scheduled; run it again for the rest',
  async run({ positionals, flags, project, confirm, signal }) {
    const opened = await project();
    for (const alias of positionals) await opened.storage(alias);
    const dryRun = flags.schedule !== true;
    if (!dryRun) await confirm({ warning, cancelled: 'Nothing was scheduled.' });
    const files = await opened.connected();
    const report = await files.reconcile({
      aliases: positionals.length === 0 ? undefined : positionals,
      dryRun,
      olderThan: flags['older-than'],
      limit: flags.limit,
      signal,
    });
    return { json: report, lines: linesOf(report), isBad: isBad(report) };
  },
});

const warning =
  'This will have every object deleted that no row refers to, when its grace is over!';

function linesOf(report: ReconcileReport): string[] {
  const { orphans, missing, differences, unfinished, dead, problems, more } = report;
  const looked = `${counted(report.objects, 'object')} (${humanSize(report.bytes)})`;
  return [
    ...orphans.map((one) => `orphan ${one.storage}:${one.name} ${humanSize(one.size)}`),
    ...missing.map(
      (one) => `missing ${one.storage}:${one.name}, a row of ${one.column} refers to it`,
    ),
    ...differences.map(
      ({ storage, name, column, expected, received }) =>
        `size ${storage}:${name} has ${received} bytes, ${column} says ${expected}`,
    ),
    ...unfinished.map((one) => `unfinished ${one.storage}:${one.name}`),
    ...dead.map(
      (one) => `dead ${one.storage}:${one.name} after ${one.attempts} attempts: ${one.error}`,
    ),
    ...problems,
    ...report.leftAlone.map(
      (alias) => `left alone ${alias}: no field declares it, name it to look through it`,
    ),
    ...(more > 0 ? [`and ${more} more, raise --limit to see them`] : []),
    `${looked} and ${counted(report.references, 'reference')} compared: ${counted(orphans.length, 'orphan')}, ${missing.length} missing, ${counted(differences.length, 'other size')}, ${unfinished.length} unfinished, ${dead.length} dead, ${report.young} too young`,
    ...(report.dryRun
      ? []
      : [`${report.scheduled} scheduled, the worker deletes them when their grace is over`]),
  ];
}

/** What was scheduled is taken care of. */
function isBad({ dryRun, ...found }: ReconcileReport): boolean {
  const left = [found.missing, found.differences, found.dead, found.problems];
  const forWorker = dryRun ? [found.orphans, found.unfinished] : [];
  return found.more > 0 || [...left, ...forWorker].some((some) => some.length > 0);
}
