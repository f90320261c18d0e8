import type { FileStorage } from '@filefield/core';
import { assertApart } from '@filefield/static';
import { UsageError } from './errors/cli-error.ts';
import type { Project } from './project/project.ts';

/** Where the static files of a project go. */
export interface StaticPlace {
  readonly storage: FileStorage;
  /** Where the manifest goes. Default: {@link storage}. */
  readonly manifestStorage: FileStorage | undefined;
}

/**
 * The storages that are named, by default by the configuration.
 *
 * @throws {@link StorageOptionsError} when an upload to one of the others could take the place of a static file.
 * @throws {@link UsageError} when a field keeps its files there: they would be overwritten, and cleared.
 */
export async function staticPlace(project: Project, alias?: string): Promise<StaticPlace> {
  const { storage: configured = 'static', manifestStorage: apart } = project.staticFiles;
  const storage = await project.storage(alias ?? configured);
  const manifestStorage = apart === undefined ? undefined : await project.storage(apart);
  const { storages } = project.files;
  const others = storages.aliases.map((other) => storages.get(other));
  assertApart(
    storage,
    others.filter((other) => other !== storage && other !== manifestStorage),
  );
  await assertNoFields(project, storage);
  return { storage, manifestStorage };
}

async function assertNoFields(project: Project, { alias = '' }: FileStorage): Promise<void> {
  if (!(await project.fieldAliases()).has(alias)) return;
  throw new UsageError(
    `Cannot collect static files into storage ${JSON.stringify(alias)}: a field keeps its files there`,
    'Name another: --storage ALIAS, or staticFiles.storage of the configuration file',
  );
}
