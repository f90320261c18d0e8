import { describe, expect, it } from 'vitest';
import { aftermathOf, queryOf } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { crashSites } from './crash-site.ts';
import { Doc, document, openDocuments } from './documents.ts';
import type { Documents, Place } from './documents.ts';
import { sabotageDatabase, sabotageProcess, type Sabotage } from './sabotage.ts';

const sites = await crashSites(2);

/** Two rows with files, and what a scenario does with them. */
type Scenario = (
  documents: Documents,
  place: Place,
  sabotage: Sabotage | undefined,
) => Promise<void>;

const scenarios: Readonly<Record<Sabotage, Scenario>> = {
  'without triggers': deleteRow,
  'without the reference check': drainReferenced,
  'with the journal written after the upload': killedAfterUpload,
  'without tombstones': killedLateWriter,
  'with lease and check in one transaction': copyWhileReleased,
  'with triggers as SECURITY INVOKER': deleteInShadow,
};

const found: Readonly<Record<Sabotage, RegExp>> = {
  'without triggers': /^Left in the storage: media\//m,
  'without the reference check': /^Dangling: row 1 /m,
  'with the journal written after the upload': /^Left in the storage: media\//m,
  'without tombstones': /^Left in the storage: media\//m,
  'with lease and check in one transaction': /^Dangling: row 3 /m,
  'with triggers as SECURITY INVOKER': /^Left in the storage: media\//m,
};

const all = Object.keys(scenarios) as Sabotage[];

/** Plays a scenario, with something taken out of the protocol or not, and looks at what is left. */
async function violationsOf(scenario: Scenario, sabotage: Sabotage | undefined): Promise<string> {
  await using place = await sites.take();
  {
    using processes = new DisposableStack();
    processes.use(sabotageProcess(sabotage));
    await using documents = await openDocuments(place);
    const em = documents.orm.em.fork();
    for (const label of ['one', 'two']) em.create(Doc, { label, file: document(label) });
    await em.flush();
    await using databases = new AsyncDisposableStack();
    databases.use(await sabotageDatabase(sabotage, documents));
    await scenario(documents, place, sabotage);
  }
  await using documents = await openDocuments(place);
  await documents.orm.schema.update();
  const { violations } = await aftermathOf(documents, place);
  return violations.join('\n');
}

async function deleteRow({ orm }: Documents): Promise<void> {
  await orm.em.getConnection().execute('delete from doc where id = 1');
}

/** Somebody lists an object that a row refers to. */
async function drainReferenced(documents: Documents): Promise<void> {
  await queryOf(documents)(
    `insert into file_journal (storage, name, due_at) select 'default', file ->> 'name', now() from doc where id = 1`,
  );
  await documents.files.worker.drain();
}

async function killedAfterUpload(_: Documents, place: Place, sabotage?: Sabotage): Promise<void> {
  const job = {
    ...place,
    operation: 'saving a new entity',
    watched: 'protocol',
    lastStep: 6,
    sabotage,
  };
  await startChild('operation-child.ts', job).ended;
}

/** The worker takes an upload for forgotten; its bytes arrive afterwards, and then its process dies. */
async function killedLateWriter(_: Documents, place: Place, sabotage?: Sabotage): Promise<void> {
  const job = {
    ...place,
    operation: 'saving a new entity',
    watched: 'protocol',
    lastStep: 6,
    sabotage,
  };
  await startChild('operation-child.ts', { ...job, drainsAt: 'before first-byte' }).ended;
}

/** A transaction copies a name, and does not know that the row which had it is deleted meanwhile. */
async function copyWhileReleased({ orm, files }: Documents): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    await em.execute(
      'insert into doc (id, label, file) select 3, label, file from doc where id = 1',
    );
    await orm.em.getConnection().execute('delete from doc where id = 1');
    await files.worker.drain();
  });
}

async function deleteInShadow({ orm }: Documents): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    await em.execute(
      'create temporary table file_journal (like public.file_journal including all) on commit drop',
    );
    await em.execute('delete from doc where id = 1');
  });
}

describe('the harness', () => {
  it.each(all)('finds a violation %s', async (sabotage) => {
    expect(await violationsOf(scenarios[sabotage], sabotage)).toMatch(found[sabotage]);
  });

  it.each(all)('finds none in the same scenario otherwise (%s)', async (sabotage) => {
    expect(await violationsOf(scenarios[sabotage], undefined)).toBe('');
  });
});
