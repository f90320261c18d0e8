import { defineStorages, FileSystemStorage } from '@filefield/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { failPoints } from '../../../packages/mikro-orm/src/fail-points.ts';
import { databaseOf } from '../../../packages/mikro-orm/src/journal/database.ts';
import { fileJournal } from '../../../packages/mikro-orm/src/journal/file-journal.ts';
import { Worker } from '../../../packages/mikro-orm/src/worker/worker.ts';
import type { TestDatabase } from '../../support/database.ts';

/** What the test tells this process. */
export interface Doom {
  readonly connection: TestDatabase['connection'];
  /** The directory of the storage. */
  readonly location: string;
  /** Where the process kills itself. */
  readonly step: string;
}

// A process of its own: it drains until it comes to the step, and dies there as by `kill -9`.
const doom: Doom = JSON.parse(process.argv[2] ?? '');
const orm = await MikroORM.init({ ...doom.connection, entities: [fileJournal()] });
const worker = new Worker({
  database: databaseOf(orm.em.getConnection('write')),
  storages: defineStorages({ media: () => new FileSystemStorage({ location: doom.location }) }),
  tombstone: 3_600_000,
  uploadTimeout: 1000,
  ownTables: () => [],
  log: () => {},
  [failPoints]: (point, phase) => {
    if (`${phase} ${point}` === doom.step) process.kill(process.pid, 'SIGKILL');
  },
});
await worker.drain();
await orm.close();
