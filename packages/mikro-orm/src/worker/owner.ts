import { FileExistsError, FileNotFoundError, StorageOptionsError } from '@filefield/core';
import type { FileStorage } from '@filefield/core';
import { asLibrary, partsOf } from '@filefield/core/binding';
import type { Place } from './places.ts';

/** Whose a location is: written to `.filefield/owner` below it. */
export interface Owner {
  /** `null` where the deployment has no name, which is allowed on the local disk and in memory. */
  readonly environment: string | null;
  /** The identity of the journal. */
  readonly journal: string;
}

/** The name of the object that says whose a location is. */
export const ownerName = '.filefield/owner';

/**
 * Makes a location ours unless it belongs to somebody already; safe to call from several processes at once.
 *
 * @returns whose it is now, or `undefined` where the file cannot be understood.
 */
export async function takeLocation(storage: FileStorage, owner: Owner): Promise<Owner | undefined> {
  const found = await readOwner(storage);
  if (found !== 'nobody') return found;
  try {
    await save(storage, owner, 'error');
  } catch (error) {
    if (!(error instanceof FileExistsError)) throw error;
  }
  // Read again: another process may have been first, and not every storage can refuse the second.
  const now = await readOwner(storage);
  return now === 'nobody' ? undefined : now;
}

/**
 * Makes every location ours that belongs to nobody; see {@link takeLocation}.
 *
 * @param storages Those of one place, none with parts.
 * @returns the storages at locations that are not ours. While there is one, nothing is deleted at any of them: a name
 * stands for one object at all of them, which somebody else may refer to.
 */
export async function takeLocations(
  storages: readonly FileStorage[],
  owner: Owner,
): Promise<FileStorage[]> {
  const foreign: FileStorage[] = [];
  for (const storage of storages) {
    if (!isSameOwner(await takeLocation(storage, owner), owner)) foreign.push(storage);
  }
  return foreign;
}

/** Makes the locations of a storage ours whoever they belonged to. */
export async function claimLocation(storage: FileStorage, owner: Owner): Promise<void> {
  for (const part of partsOf(storage)) await save(part, owner, 'overwrite');
}

/** Whose a place is that has locations which are not ours, and what to do where that can be said. */
export function notOurs(
  storages: readonly FileStorage[],
  foreign: readonly FileStorage[],
  alias?: string,
): string {
  const whose = 'belongs to another environment or database';
  if (storages.length === 1) {
    const advice = alias === undefined ? '' : `, claimLocation("${alias}") takes it over`;
    return `its location ${whose}${advice}`;
  }
  const isPrimary = storages[0] !== undefined && foreign.includes(storages[0]);
  return `the location of its ${isPrimary ? 'primary' : 'fallback'} ${whose}, and both count as one`;
}

/** Whether two owners are the same deployment with the same database. */
export function isSameOwner(one: Owner | undefined, other: Owner): boolean {
  return one?.environment === other.environment && one.journal === other.journal;
}

/** @throws {@link StorageOptionsError} when a location that other deployments can reach has no environment. */
export function assertEnvironment(places: readonly Place[], environment: string | undefined): void {
  if (environment !== undefined) return;
  const shared = places.find(({ locations }) =>
    locations.some((location) => !/^(?:file|memory):\/\//.test(location)),
  );
  if (!shared) return;
  throw new StorageOptionsError(
    `Cannot use storage "${shared.aliases[0] ?? ''}" without an environment: other deployments can reach it, ` +
      `set fileFields({ environment: 'prod' }) from the deployment`,
  );
}

async function save(
  storage: FileStorage,
  owner: Owner,
  ifExists: 'error' | 'overwrite',
): Promise<void> {
  const options = asLibrary({ ifExists, type: 'application/json' });
  await storage.save(ownerName, JSON.stringify(owner), options);
}

/** Whose a location is; `undefined` where the file cannot be understood. */
export async function readOwner(storage: FileStorage): Promise<Owner | undefined | 'nobody'> {
  try {
    const stream = await storage.open(ownerName, asLibrary({}));
    return parseOwner(await new Response(stream).text());
  } catch (error) {
    if (error instanceof FileNotFoundError) return 'nobody';
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    if (!('environment' in parsed) || !('journal' in parsed)) return undefined;
    const { environment, journal } = parsed;
    if (typeof journal !== 'string') return undefined;
    if (environment !== null && typeof environment !== 'string') return undefined;
    return { environment, journal };
  } catch {
    return undefined;
  }
}
