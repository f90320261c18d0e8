import { defineStorages, FieldFile, FileSystemStorage } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import type { TestDatabase } from '../../support/database.ts';
import { Doc } from './docs.ts';

/** What the test tells this process. */
export interface Naming {
  readonly connection: TestDatabase['connection'];
  /** The directory of the storage. */
  readonly location: string;
  /** Tells this process's rows from the others'. */
  readonly title: string;
}

// A process of its own: it uploads one filename again and again, two at a time, while others do the same.
const { connection, location, title }: Naming = JSON.parse(process.argv[2] ?? '');
const storages = defineStorages({
  default: () => new FileSystemStorage({ location }),
  other: () => new FileSystemStorage({ location: `${location}-other` }),
});
await using orm = await MikroORM.init({
  ...connection,
  entities: [Doc],
  extensions: [fileFields({ storages, worker: 'manual' })],
});
for (let round = 0; round < 5; round++) {
  const flushes = [0, 1].map(async (twin) => {
    const em = orm.em.fork();
    const own = `${title}-${round}-${twin}`;
    em.create(Doc, { title: own, django: FieldFile.from(own, { filename: 'report.txt' }) });
    await em.flush();
  });
  await Promise.all(flushes);
}
