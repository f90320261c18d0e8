import { setTimeout as sleep } from 'node:timers/promises';
import type { MigrateReport } from '@filefield/mikro-orm';
import { othersGone } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { Doc, document, openDocuments, type Documents, type Place } from './documents.ts';
import { migrations, placeIn, seedMigration } from './migrations.ts';
import type { Random } from './random.ts';

/** What a storm of kills has seen. */
export interface MigrateStorm {
  /** Processes that were killed while they migrated. */
  readonly killed: number;
  /** Statements that wrote rows meanwhile. */
  readonly writes: number;
  /** What the run that nobody killed said. */
  readonly report: MigrateReport;
}

/**
 * Kills one migrating process after the other, each at a random moment, while this process uploads, replaces, renames,
 * deletes and reclaims; then lets one run to its end.
 */
export async function migrateStorm(
  place: Place,
  name: 'copying for another configuration' | 'switching rows',
  { kills, random }: { readonly kills: number; readonly random: Random },
): Promise<MigrateStorm> {
  const there = placeIn(place, 'first');
  await using documents = await openDocuments(there);
  await seedMigration(documents);
  const writing = new AbortController();
  const writes = write(documents, random, writing.signal);
  // Slow enough that it is not done before it dies.
  const options = { ...migrations[name].options, bytesPerSecond: 1_500_000 };
  let killed = 0;
  while (killed < kills) {
    const delay = random.next() * 250;
    const child = startChild('migrate-child.ts', { ...there, options }, (line) => {
      if (line === 'begins') setTimeout(() => child.kill(), delay);
    });
    const { signal, errors } = await child.ended;
    if (signal === 'SIGKILL') killed += 1;
    else if (errors !== '') throw new Error(errors);
  }
  writing.abort();
  const written = await writes;
  await othersGone(documents);
  const report = await documents.files.migrate(migrations[name].options);
  return { killed, writes: written, report };
}

/** Writes rows until it is told to stop; answers how often. */
async function write(documents: Documents, random: Random, signal: AbortSignal): Promise<number> {
  const { orm, files } = documents;
  let count = 0;
  while (!signal.aborted) {
    count += 1;
    const label = `doc${count}`;
    const em = orm.em.fork();
    const docs = await em.find(Doc, {}, { orderBy: { id: 1 } });
    const doc = random.pick(docs);
    const work = random.next();
    if (work < 0.35 || docs.length < 4) em.create(Doc, { label, file: document(label) });
    else if (work < 0.55) em.assign(doc, { label, file: document(label) });
    else if (work < 0.7 && doc.file) doc.file = doc.file.renamed(`${label}.txt`);
    else if (work < 0.9) em.remove(doc);
    else await files.worker.drain();
    // A row that was switched meanwhile is not renamed, and what it held is not lost.
    await em.flush().catch((error: unknown) => {
      if (!(error instanceof Error && error.name === 'FileChangedError')) throw error;
    });
    await sleep(random.next() * 40);
  }
  return count;
}
