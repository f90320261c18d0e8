import { FileNotFoundError, InvalidNameError, type FileStat } from '@filefield/core';
import type { Database } from '../journal/database.ts';
import { judgeRows } from '../worker/judge-rows.ts';
import type { Place } from '../worker/places.ts';
import { fileTables, referencesIn, type OwnTable } from '../worker/references.ts';
import type { MissingObject, SizeDifference } from './reconcile-report.ts';

/** How many names one statement asks about. */
const batchSize = 1000;

/** What {@link Looks} needs to know. */
export interface LookOptions {
  readonly database: Database;
  /** The journal's table, quoted and qualified. */
  readonly journal: string;
  readonly places: readonly Place[];
  readonly ownTables: readonly OwnTable[];
}

/** Looks again at what a comparison made suspicious: rows and objects come and go while it runs. */
export class Looks {
  readonly #options: LookOptions;

  constructor(options: LookOptions) {
    this.#options = options;
  }

  /** Those that no row refers to and the journal does not list now, batch by batch. */
  async *unreferenced<Finding extends { readonly name: string }>(
    place: Place,
    findings: readonly Finding[],
  ): AsyncGenerator<Finding[]> {
    const { database, places, ownTables } = this.#options;
    for (const batch of batched(findings)) {
      const rows = batch.map(({ name }, index) => ({
        id: String(index),
        storage: place.aliases[0] ?? '',
        location: place.location,
        name,
      }));
      const verdicts = await judgeRows(database, rows, { places, ownTables });
      const listed = await this.#listed(
        place,
        batch.map(({ name }) => name),
      );
      yield batch.filter(
        ({ name }, index) => verdicts.get(String(index)) === 'unreferenced' && !listed.has(name),
      );
    }
  }

  /** Those that a row still refers to and whose object is still not there. */
  async missing(place: Place, findings: readonly MissingObject[]): Promise<MissingObject[]> {
    const found: MissingObject[] = [];
    for (const batch of batched(findings)) {
      const referred = await this.#referred(batch.map(({ name }) => name));
      for (const finding of batch.filter(({ name }) => referred.has(name))) {
        if ((await objectIn(place, finding.name)) === undefined) found.push(finding);
      }
    }
    return found;
  }

  /** Those that a row still refers to and whose object, asked itself, still has another size: a listing tells compressed ones. */
  async differing(place: Place, findings: readonly SizeDifference[]): Promise<SizeDifference[]> {
    const found: SizeDifference[] = [];
    for (const batch of batched(findings)) {
      const referred = await this.#referred(batch.map(({ name }) => name));
      for (const finding of batch.filter(({ name }) => referred.has(name))) {
        const object = await objectIn(place, finding.name);
        if (object === undefined || object.size === finding.expected) continue;
        found.push({ ...finding, received: object.size });
      }
    }
    return found;
  }

  async #listed(place: Place, names: readonly string[]): Promise<Set<string>> {
    const { database, journal, places } = this.#options;
    const known = places.flatMap(({ aliases }) => aliases);
    const rows = await database.all<{ name: string }>(
      `select distinct j.name as "name" from ${journal} j
      where j.name = any (array(select pg_catalog.jsonb_array_elements_text(?::jsonb)))
        and (j.location is null or j.location in (select pg_catalog.jsonb_array_elements_text(?::jsonb)))
        and (j.storage in (select pg_catalog.jsonb_array_elements_text(?::jsonb))
          or j.storage not in (select pg_catalog.jsonb_array_elements_text(?::jsonb)))`,
      [
        JSON.stringify(names),
        JSON.stringify(place.locations),
        JSON.stringify(place.aliases),
        JSON.stringify(known),
      ],
    );
    return new Set(rows.map(({ name }) => name));
  }

  async #referred(names: readonly string[]): Promise<Set<string>> {
    const { database, ownTables } = this.#options;
    const { tables } = await fileTables(database, ownTables);
    const found = new Set<string>();
    for (const table of tables) {
      for (const { name } of await referencesIn(database, table, names)) found.add(name);
    }
    return found;
  }
}

/** The object of a name, where one of the place's locations has it; a name that a storage refuses has none. */
async function objectIn({ storages }: Place, name: string): Promise<FileStat | undefined> {
  // The first again: an object may have been copied there and taken away elsewhere since.
  for (const storage of [...storages, ...storages.slice(0, 1)]) {
    try {
      return await storage.stat(name);
    } catch (error) {
      if (!(error instanceof InvalidNameError || error instanceof FileNotFoundError)) throw error;
    }
  }
  return undefined;
}

function batched<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / batchSize) }, (_, index) =>
    items.slice(index * batchSize, (index + 1) * batchSize),
  );
}
