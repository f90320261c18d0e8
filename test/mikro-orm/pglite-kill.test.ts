import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runFile } from '../crash/child-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { openPglite } from './pglite-child.ts';
import { stem } from './support.ts';

const child = join(import.meta.dirname, 'pglite-child.ts');

// As the README says: there is no second connection, so what the journal says dies with the transaction.
it('PGlite: a process that is killed in an explicit transaction leaves an object that nobody lists', async () => {
  const directory = await temporaryDirectory();
  const job = { database: join(directory, 'db'), media: join(directory, 'media') };
  const { signal } = await runFile(child, job).ended;

  const { orm, files, storage } = await openPglite(job);
  onTestFinished(() => orm.close(true));
  const report = await files.worker.drain();

  const found = await Array.fromAsync(storage.walk(), ({ name }) => stem(name));
  expect([signal, found]).toEqual(['SIGKILL', ['a.txt']]);
  expect(report).toMatchObject({ reclaimed: 0, problems: [] });
  expect(
    await orm.em.getConnection().execute(`select id from file_journal where storage <> ''`),
  ).toEqual([]);
}, 90_000);
