import type { RowsOptions } from '@filefield/mikro-orm';
import type { FlagValues } from './arguments/flag.ts';
import { humanSize } from './output/human-size.ts';
import type { Progress } from './output/progress.ts';

/** The flags of commands that go through the rows of a field. */
export const rowsFlags = {
  'no-checksum': {
    type: 'boolean',
    summary: 'Asks the storage only, and reads no object for its sha256 and type',
  },
  'dry-run': {
    type: 'boolean',
    short: 'n',
    summary: 'Counts rows and problems, and writes nothing',
  },
  concurrency: {
    type: 'integer',
    least: 1,
    value: 'N',
    summary: 'Objects at the same time. Default: 8',
  },
  limit: { type: 'integer', value: 'N', summary: 'Problems that are told. Default: 1000' },
} as const;

/** What the flags say, and who is told of each row. */
export function rowsOptions(
  flags: FlagValues<typeof rowsFlags>,
  progress: Pick<Progress, 'update'>,
  signal: AbortSignal,
): RowsOptions {
  return {
    checksum: flags['no-checksum'] !== true,
    dryRun: flags['dry-run'],
    concurrency: flags.concurrency,
    limit: flags.limit,
    signal,
    onProgress: ({ done, total, bytes }) => {
      progress.update({ done, total, detail: humanSize(bytes) });
    },
  };
}
