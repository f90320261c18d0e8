import type { FileStorage, Storages } from '@filefield/core';
import type { Database } from '../journal/database.ts';
import { Journal } from '../journal/journal.ts';
import { isSameOwner, readOwner } from '../worker/owner.ts';
import { placesOf, type Place } from '../worker/places.ts';
import type { CheckFinding } from './check-report.ts';
import { storageSubject } from './check-storages.ts';
import { codeOf, found } from './found.ts';

/** Who is asking. */
export interface CheckedDeployment {
  readonly database: Database;
  readonly journalSchema: string;
  readonly environment: string | undefined;
}

/** Whether the locations belong to this environment and database. Takes none. */
export async function checkOwners(
  storages: Storages,
  { database, journalSchema, environment }: CheckedDeployment,
): Promise<CheckFinding[]> {
  const journal = await identity(database, journalSchema);
  const us = { environment: environment ?? null };
  const findings = placesOf(storages)
    .places.flatMap(everyStorage)
    .map(async ({ place, storage }) => {
      const failing = {
        what: 'nobody can tell whose its location is',
        state: 'bad',
        breaks: 'neither uploads nor the worker can use it',
        fix: 'correct its options, credentials or network',
      } as const;
      return await found(`${subjectOf(place)}: owner`, failing, async () => {
        const owner = await readOwner(storage);
        if (owner === 'nobody') {
          return [
            { state: 'good', message: "its location is nobody's yet, the first upload takes it" },
          ];
        }
        if (owner !== undefined && journal === undefined && owner.environment === us.environment) {
          return [{ state: 'unknown', message: 'nobody can tell whether it is of this database' }];
        }
        if (isSameOwner(owner, { ...us, journal: journal ?? '' })) {
          return [{ state: 'good', message: 'its location is ours' }];
        }
        return [
          {
            state: 'bad',
            message: `its location belongs to ${whose(owner?.environment)}`,
            breaks: 'nothing is reclaimed there: what rows let go of stays',
            fix: `where it is really ours: files.claimLocation(${JSON.stringify(place.aliases[0])}), or filefield claim-location`,
          },
        ];
      });
    });
  return (await Promise.all(findings)).flat();
}

/**
 * The identity of the journal, `''` where it has none yet, for asking must not make one, and `undefined` where it cannot
 * be asked: what is wrong then is told where database, schema and rights are looked at.
 */
async function identity(database: Database, schema: string): Promise<string | undefined> {
  try {
    return await database.transaction(async (tx) => {
      await tx.all('set transaction read only');
      return await new Journal(tx, schema).identity();
    });
  } catch (error) {
    return codeOf(error) === readOnlyTransaction ? '' : undefined;
  }
}

/** The SQLSTATE of a write that the transaction does not allow. */
const readOnlyTransaction = '25006';

/** Each location has an owner of its own, also where several count as one. */
function everyStorage(place: Place): { place: Place; storage: FileStorage }[] {
  return place.storages.map((storage) => ({ place, storage }));
}

function subjectOf({ aliases: [alias = ''] }: Place): string {
  return storageSubject(alias);
}

function whose(environment: string | null | undefined): string {
  if (environment === undefined) return 'somebody who wrote what cannot be read';
  const named = environment === null ? 'a deployment without a name' : JSON.stringify(environment);
  return `${named}, or to the same with another database`;
}
