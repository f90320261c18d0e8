import { StorageOptionsError, type FileStorage } from '@filefield/core';
import { partsOf } from '@filefield/core/binding';
import type { CheckFinding, ProbeLike } from '@filefield/mikro-orm';
import { defineCommand, type Command } from '../command.ts';
import { CliError } from '../errors/cli-error.ts';
import { counted } from '../output/counted.ts';
import type { Project } from '../project/project.ts';
import { s3PackageIfInstalled } from '../s3-package.ts';
import { staticPlace } from '../static-place.ts';

/** `filefield check`: whether configuration, buckets and database are as they should be. */
export const check: Command = defineCommand({
  name: 'check',
  summary: 'Tells whether configuration, buckets and database are as they should be',
  description: [
    'Each finding says what it breaks and what to do. Changes nothing, but for a small object',
    '.filefield/probe in buckets, with which conditional writes are tried out.',
  ],
  flags: {
    'no-probe': { type: 'boolean', summary: 'Does not look at buckets' },
    all: { type: 'boolean', short: 'a', summary: 'Tells what is good as well' },
  },
  examples: [
    ['', 'In a deployment, or in CI: exit code 1 when something is bad'],
    ['--all --no-probe', 'Everything but the buckets'],
  ],
  async run({ flags, output, project }) {
    const opened = await project();
    const files = await opened.discovered();
    const report = await files.check(flags['no-probe'] ? {} : { probe });
    const findings = [...report.findings, ...(await staticFindings(opened))];
    for (const { subject, state, message, breaks, fix } of findings) {
      if (state === 'good' && flags.all !== true) continue;
      await output.finding(subject, state, message);
      if (breaks !== undefined) await output.line(`  breaks: ${breaks}`);
      if (fix !== undefined) await output.line(`  fix: ${fix.replaceAll('\n', '\n    ')}`);
    }
    const counts = Map.groupBy(findings, ({ state }) => state);
    const of = (state: 'good' | 'advice' | 'bad' | 'unknown'): number =>
      counts.get(state)?.length ?? 0;
    const sum = `${counted(findings.length, 'thing')} checked: ${of('bad')} bad, ${of('advice')} to be better, ${of('unknown')} unknown`;
    const isGood = of('bad') === 0;
    return { json: { isGood, findings }, lines: [sum], isBad: !isGood };
  },
});

/** Whether uploads stay away from the static files, where the configuration has some. */
async function staticFindings(project: Project): Promise<CheckFinding[]> {
  if (Object.keys(project.staticFiles).length === 0) return [];
  const subject = 'static files';
  try {
    const { storage } = await staticPlace(project);
    const message = `no upload reaches storage ${JSON.stringify(storage.alias)}`;
    return [{ subject, state: 'good', message }];
  } catch (error) {
    if (!(error instanceof StorageOptionsError || error instanceof CliError)) throw error;
    return [{ subject, state: 'bad', message: error.message, breaks: 'filefield collectstatic' }];
  }
}

/** What `probe()` finds of a storage on S3, or of its parts. */
async function probe(storage: FileStorage): Promise<ProbeLike | undefined> {
  const s3 = await s3PackageIfInstalled();
  if (s3 === undefined) return undefined;
  const buckets = partsOf(storage).filter((part) => part instanceof s3.S3Storage);
  if (buckets.length === 0) return undefined;
  const reports = await Promise.all(buckets.map(async (bucket) => s3.probe(bucket)));
  return { findings: reports.flatMap(({ findings }) => findings) };
}
