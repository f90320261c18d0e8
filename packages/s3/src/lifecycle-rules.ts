import type { LifecycleRule } from '@aws-sdk/client-s3';
import { StorageOptionsError } from '@filefield/core';
import type { BucketConfigurationOptions } from './bucket-configuration.ts';
import type { S3Storage } from './s3-storage.ts';

/**
 * The rules by which a server tidies up, one for each prefix: older versions, unfinished uploads, markers of what was
 * deleted, and where it is asked for the objects themselves.
 *
 * @throws {@link StorageOptionsError} when a number of days is none.
 */
export function lifecycleRules(
  storages: readonly S3Storage[],
  { keepVersions = 30, abortUploads = 7, expireAfter = {} }: BucketConfigurationOptions,
): LifecycleRule[] {
  const days = wholeDays('keepVersions', keepVersions);
  const abort = wholeDays('abortUploads', abortUploads);
  const rules = storages.map(({ alias, prefix }): LifecycleRule => {
    const expiry = expiryOf(alias, expireAfter);
    return {
      ID: prefix === '' ? 'filefield' : `filefield ${prefix}`,
      Status: 'Enabled',
      Filter: { Prefix: prefix },
      // A rule with days removes the markers too.
      Expiration: expiry === undefined ? { ExpiredObjectDeleteMarker: true } : { Days: expiry },
      NoncurrentVersionExpiration: { NoncurrentDays: expiry === undefined ? days : 1 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: abort },
    };
  });
  const byPrefix = new Map<string | undefined, LifecycleRule>();
  for (const rule of rules) {
    const other = byPrefix.get(rule.ID);
    if (other !== undefined && other.Expiration?.Days !== rule.Expiration?.Days) {
      throw wrong(`two storages share a prefix, and only one of them expires`);
    }
    byPrefix.set(rule.ID, rule);
  }
  return [...byPrefix.values()];
}

/** Never of a storage that was not named: every object of it goes. */
function expiryOf(
  alias: string | undefined,
  expireAfter: Readonly<Record<string, number>>,
): number | undefined {
  if (alias === undefined || !Object.hasOwn(expireAfter, alias)) return undefined;
  return wholeDays(`expireAfter of "${alias}"`, expireAfter[alias] ?? NaN);
}

function wholeDays(option: string, days: number): number {
  if (Number.isSafeInteger(days) && days >= 1) return days;
  throw wrong(`${option} is ${days}, a whole number of days from 1 is wanted`);
}

function wrong(problem: string): StorageOptionsError {
  return new StorageOptionsError(`Cannot write lifecycle rules: ${problem}`);
}
