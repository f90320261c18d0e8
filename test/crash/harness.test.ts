import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aftermathOf } from './aftermath.ts';
import type { Aftermath } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { crashSites } from './crash-site.ts';
import { openDocuments } from './documents.ts';
import type { Documents, Place } from './documents.ts';
import { operations } from './operations.ts';

const sites = await crashSites(1);

/** Lets the two rows be seeded, breaks something, and looks. */
async function sabotaged(
  sabotage: (files: { place: Place; path: string; documents: Documents }) => Promise<unknown>,
): Promise<Aftermath> {
  await using place = await sites.take();
  await using documents = await openDocuments(place);
  await operations['replacing a file']!.prepare(documents);
  const [row] = await documents.orm.em
    .getConnection()
    .execute<{ name: string }[]>(`select file ->> 'name' as name from doc where id = 1`);
  await sabotage({ place, documents, path: join(place.directory, 'media', row!.name) });
  return await aftermathOf(documents, place);
}

const run = async ({ orm }: Documents, sql: string): Promise<unknown> =>
  orm.em.getConnection().execute(sql);

describe('the look at what is left', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { violations } = await sabotaged(async () => {});

    expect(violations).toEqual([]);
  });

  it('reports an object that is gone', async () => {
    const { violations } = await sabotaged(async ({ path }) => rm(path));

    expect(violations[0]).toMatch(/^Dangling: row 1 .* of "one": Error: ENOENT/);
  });

  it('reports bytes that are not those of the row', async () => {
    const { violations } = await sabotaged(async ({ path }) => {
      const bytes = await readFile(path);
      await writeFile(path, bytes.with(70_000, 0));
    });

    expect(violations[0]).toMatch(/^Other bytes than the row says: row 1/);
  });

  it('reports a row of which half was written', async () => {
    const { violations } = await sabotaged(async ({ documents }) =>
      run(documents, `update doc set label = 'other' where id = 1`),
    );

    expect(violations[0]).toMatch(/^Other bytes than were saved: row 1 .* of "other"/);
  });

  it('reports a file that nobody refers to, below the library directory too', async () => {
    const { violations } = await sabotaged(async ({ place }) => {
      await writeFile(join(place.directory, 'media/stray.txt'), '');
      await writeFile(join(place.directory, 'archive/.filefield/tmp/stray'), '');
    });

    expect(violations.toSorted()).toEqual([
      'Left in the storage: archive/.filefield/tmp/stray',
      'Left in the storage: media/stray.txt',
    ]);
  });

  it('reports what triggers that do not fire let go of', async () => {
    const { violations } = await sabotaged(async ({ documents }) => {
      await run(documents, 'alter table doc disable trigger user');
      await run(documents, 'delete from doc where id = 1');
      await run(documents, 'alter table doc enable trigger user');
    });

    expect(violations).toHaveLength(2);
    expect(violations.join('\n')).toMatch(
      /^Left in the storage: media.*\nLeft in the storage: archive/,
    );
  });

  it('reports a worker that cannot work', async () => {
    const { violations } = await sabotaged(async ({ documents }) => {
      await run(documents, 'delete from doc where id = 1');
      await run(documents, 'alter table doc disable trigger user');
    });
    await using place = await sites.take();
    await using documents = await openDocuments(place);
    await run(documents, 'alter table doc enable trigger user');

    expect(violations.join('\n')).toMatch(
      /lacks its current triggers[^]*Left in the journal[^]*Left in the storage/,
    );
  });
});

it('a child that never reaches its step lives, and says so', async () => {
  await using place = await sites.take();
  const job = { ...place, operation: 'removing an entity', watched: 'protocol', lastStep: 3 };

  const end = await startChild('operation-child.ts', job).ended;

  expect(end).toMatchObject({ code: 0, signal: null });
});
