import type { MigrateOptions } from '@filefield/mikro-orm';
import { Doc, document, type Documents, type Place } from './documents.ts';

/** What the aliases mean: before the files move, and once they have. */
export const configurations = {
  first: { default: 'media', archive: 'archive', next: 'next' },
  last: { default: 'next', archive: 'archive', old: 'media' },
} as const;

/** A migration that a child runs and may be killed at. */
export interface Migration {
  readonly configuration: keyof typeof configurations;
  readonly options: MigrateOptions;
}

export const migrations = {
  'copying for another configuration': {
    configuration: 'first',
    options: { from: 'default', to: 'next' },
  },
  'settling and deleting the source': {
    configuration: 'last',
    options: { from: 'old', to: 'default', deleteSource: true },
  },
  'switching rows': {
    configuration: 'first',
    options: { from: 'default', to: 'next', switch: 'rows', deleteSource: true },
  },
} as const satisfies Readonly<Record<string, Migration>>;

/** The place, as this configuration sees it. */
export function placeIn(place: Place, configuration: keyof typeof configurations): Place {
  return { ...place, aliases: configurations[configuration] };
}

/** Rows with files in two storages, and an object that no row ever referred to; every location has its owner already. */
export async function seedMigration({ orm, files, storage }: Documents): Promise<void> {
  await files.ready();
  const em = orm.em.fork();
  for (const label of ['one', 'two', 'three']) {
    em.create(Doc, { label, file: document(label), oldLabel: label, old: document(label) });
  }
  await em.flush();
  await storage('default').save('docs/orphan.txt', 'nobody knows me');
}
