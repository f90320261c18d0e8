import type * as S3 from '@filefield/s3';
import { CliError } from './errors/cli-error.ts';

/** The package for S3, which only projects with buckets have. @throws {@link CliError} when it is not installed. */
export async function s3Package(): Promise<typeof S3> {
  const installed = await s3PackageIfInstalled();
  if (installed !== undefined) return installed;
  throw new CliError('Cannot look at storages on S3: @filefield/s3 is not installed', {
    fix: 'Install @filefield/s3 and @aws-sdk/client-s3 in the project',
  });
}

/** The package for S3; `undefined` where the project does without it. */
export async function s3PackageIfInstalled(): Promise<typeof S3 | undefined> {
  try {
    return await import('@filefield/s3');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
