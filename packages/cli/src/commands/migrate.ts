import type { MigrateProgress, MigrateReport } from '@filefield/mikro-orm';
import { defineCommand, type Command } from '../command.ts';
import { UsageError } from '../errors/cli-error.ts';
import { counted } from '../output/counted.ts';
import { humanSize } from '../output/human-size.ts';

/** `filefield migrate`: moves the objects of one storage to another. */
export const migrate: Command = defineCommand({
  name: 'migrate',
  summary: 'Copies the objects of one storage to another, compares them, and switches',
  synopsis: '--from ALIAS --to ALIAS',
  description: [
    'Every run goes on where the last one stopped. Nothing is deleted at the source unless told to: then',
    'the worker deletes what was compared and no row refers to, when the grace is over.',
  ],
  flags: {
    from: { type: 'text', value: 'ALIAS', summary: 'The storage that holds the objects' },
    to: { type: 'text', value: 'ALIAS', summary: 'The storage that is to hold them' },
    reverse: { type: 'boolean', summary: 'The other way round: what came later goes back' },
    resume: { type: 'boolean', summary: 'Said, or not: every run goes on', hidden: true },
    switch: {
      type: 'text',
      value: 'HOW',
      choices: ['configuration', 'rows'],
      summary:
        'configuration: rows stay, the alias gets another meaning; rows: each row gets the alias. Default: configuration',
    },
    'dry-run': { type: 'boolean', short: 'n', summary: 'Looks and tells, and writes nothing' },
    verify: {
      type: 'text',
      value: 'HOW',
      choices: ['sha256', 'size'],
      summary: 'sha256 reads every copy back. Default: sha256',
    },
    'delete-source': {
      type: 'boolean',
      summary: 'Has what was compared and no row refers to any more deleted at the source',
    },
    concurrency: { type: 'integer', least: 1, value: 'N', summary: 'Objects at the same time' },
    'bytes-per-second': {
      type: 'bytes',
      value: 'BYTES',
      summary: 'The most that passes through this process, such as 10MB. Default: no limit',
    },
  },
  examples: [
    ['--from local --to private --dry-run', 'What there is, and what is in the way'],
    ['--from local --to private --yes', 'Copies and compares; says what to do next'],
    [
      '--from local --to private --switch rows --yes',
      'Makes the rows refer to the other storage as well',
    ],
    ['--from local --to private --reverse --yes', 'Takes back what was uploaded after the switch'],
  ],
  resume: 'What is copied is kept; run the same command again, it goes on from there',
  async run({ flags, output, project, confirm, signal }) {
    const { from: given, to: target, reverse } = flags;
    if (given === undefined || target === undefined) {
      throw new UsageError('Cannot migrate: pass --from ALIAS and --to ALIAS');
    }
    const [from, to] = reverse ? [target, given] : [given, target];
    const opened = await project();
    await opened.storage(from);
    const { location } = await opened.storage(to);
    const dryRun = flags['dry-run'];
    const deleteSource = flags['delete-source'];
    if (!dryRun) {
      const warning = deleteSource
        ? `This will copy every object of "${from}" to ${location}, and have the originals DELETED!`
        : `This will copy every object of "${from}" to ${location}!`;
      await confirm({ warning, cancelled: 'Nothing was migrated.' });
    }
    const files = await opened.connected();
    using progress = output.progress('audit');
    const report = await files.migrate({
      from,
      to,
      dryRun,
      deleteSource,
      switch: flags.switch,
      verify: flags.verify,
      concurrency: flags.concurrency,
      bytesPerSecond: flags['bytes-per-second'],
      signal,
      onProgress: (state) => progress.update(progressOf(state)),
    });
    return { json: report, lines: linesOf(report), isBad: isBad(report) };
  },
});

function progressOf({ phase, done, total, bytes, totalBytes }: MigrateProgress): {
  readonly label: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly detail: string;
} {
  const all = totalBytes === undefined ? '' : ` of ${humanSize(totalBytes)}`;
  return { label: phase, done, total, detail: bytes > 0 ? humanSize(bytes) + all : '' };
}

function linesOf(report: MigrateReport): string[] {
  const { conflicts, missing, failed, problems, dryRun, from, to } = report;
  const would = dryRun ? 'to copy' : 'copied';
  const moved = `${counted(report.objects, 'object')} (${humanSize(report.bytes)}) from ${from} to ${to}: ${report.copied} ${would} (${humanSize(report.copiedBytes)}), ${report.present} there already, ${report.verified} compared`;
  const rows = `${counted(report.switchedRows, 'row')} switched, ${report.remainingRows} left`;
  const source = `${report.held} held, ${report.scheduled} scheduled for deletion at ${from}`;
  return [
    ...conflicts.map(({ name, reason }) => `conflict ${name}: ${reason}`),
    ...missing.map(({ name, column }) => `missing ${name}, a row of ${column} refers to it`),
    ...failed.map(({ name, error }) => `failed ${name}: ${error}`),
    ...problems,
    moved,
    ...(report.switchedRows + report.remainingRows > 0 ? [rows] : []),
    ...(dryRun ? [] : [source]),
    ...(report.next === '' ? [] : [`Next: ${withFlags(report.next)}`]),
  ];
}

/** What the function calls by its options a command calls by its flags. */
function withFlags(next: string): string {
  return next.replace('dryRun', '--dry-run').replace('deleteSource', '--delete-source');
}

/** That there is something to copy is what a dry run is asked for. */
function isBad({
  dryRun,
  isComplete,
  conflicts,
  failed,
  missing,
  problems,
}: MigrateReport): boolean {
  if (!dryRun) return !isComplete;
  return [conflicts, failed, missing, problems].some((found) => found.length > 0);
}
