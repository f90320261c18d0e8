import type { FileStorage } from '@filefield/core';
import { partsOf } from '@filefield/core/binding';
import type { CommandContext } from './command.ts';
import { CliError } from './errors/cli-error.ts';
import { s3Package } from './s3-package.ts';

/**
 * The storages of some aliases that are on S3, of none all of them; the others are told on stderr.
 *
 * @throws {@link CliError} when none is.
 */
export async function storagesOnS3({
  positionals,
  project,
  output,
}: CommandContext<unknown>): Promise<FileStorage[]> {
  const { S3Storage } = await s3Package();
  const chosen = await (await project()).chosen(positionals);
  const { on = [], off = [] } = Object.groupBy(chosen, (one) =>
    partsOf(one).some((part) => part instanceof S3Storage) ? 'on' : 'off',
  );
  for (const { alias } of off)
    output.warn(`Left out: storage ${JSON.stringify(alias)} is not on S3`);
  if (on.length > 0) return on;
  throw new CliError('Cannot write it: none of the storages is on S3');
}
