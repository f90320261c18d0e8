import { setTimeout as sleep } from 'node:timers/promises';
import { FieldFile } from '@filefield/core';
import {
  IsolationLevel,
  LockMode,
  type EntityManager,
  type InferEntity,
} from '@mikro-orm/postgresql';
import { announced, Doc, document, Folder, sent } from './documents.ts';
import type { Documents } from './documents.ts';
import type { Random } from './random.ts';
import { pictureWorks } from './storm-picture-works.ts';
import { tell } from './tell.ts';

/** What the works of one process share. */
export interface Storm extends Documents {
  readonly random: Random;
  /** A label that nobody has used. */
  label(): string;
}

/** What browsers send, and when. */
export const uploadWorks: readonly ((storm: Storm, em: EntityManager) => Promise<void>)[] = [
  takeUpload,
  takeUploadTwice,
  takeUploadSentAgain,
  sendAndForget,
];

/** Everything that may happen to files, in any order and at the same time. */
export const works: readonly ((storm: Storm, em: EntityManager) => Promise<void>)[] = [
  create,
  create,
  createMany,
  replace,
  replace,
  rename,
  renameBound,
  copyToAnotherEntity,
  copyToAnotherStorage,
  empty,
  remove,
  removeMany,
  upsertMany,
  fillFolder,
  cascade,
  truncate,
  nest,
  nest,
  deleteBySql,
  emptyBySql,
  emptyBySql,
  copyBySql,
  copyBySql,
  copyBySql,
  copyLate,
  moveBySql,
  shadow,
  stageAndInsert,
  stageAndForget,
  ...uploadWorks,
  ...pictureWorks,
  reclaim,
  reconcile,
];

/** What a process does that is a worker and nothing else. */
export const reclaimOnly: typeof works = [reclaim];

/** What asks for no right of the worker's. */
export const writesOnly: typeof works = works.filter(
  (work) => work !== reclaim && work !== reconcile,
);

async function create(storm: Storm, em: EntityManager): Promise<void> {
  const [label, oldLabel] = [storm.label(), storm.label()];
  em.create(Doc, { label, file: document(label), oldLabel, old: document(oldLabel) });
  await em.flush();
}

async function createMany(storm: Storm, em: EntityManager): Promise<void> {
  for (const label of [storm.label(), storm.label(), storm.label()]) {
    em.create(Doc, { label, file: document(label) });
  }
  await em.flush();
}

async function replace(storm: Storm, em: EntityManager): Promise<void> {
  const doc = await anyDoc(storm, em);
  const label = storm.label();
  if (doc !== undefined) em.assign(doc, { label, file: document(label) });
  await em.flush();
}

async function rename(storm: Storm, em: EntityManager): Promise<void> {
  const doc = await anyDoc(storm, em);
  if (doc?.file) doc.file = doc.file.renamed(`${storm.label()}.txt`);
  await em.flush();
}

async function renameBound(storm: Storm, em: EntityManager): Promise<void> {
  const doc = await anyDoc(storm, em);
  if (doc?.file) await storm.files.field(doc, 'file').rename(`${storm.label()}.txt`);
}

async function copyToAnotherEntity(storm: Storm, em: EntityManager): Promise<void> {
  const doc = await anyDoc(storm, em);
  if (doc?.file) em.create(Doc, { label: doc.label, file: doc.file.copy() });
  await em.flush();
}

async function copyToAnotherStorage(storm: Storm, em: EntityManager): Promise<void> {
  const doc = await anyDoc(storm, em);
  if (!doc?.file) return;
  // The lock below reads the row again, into this very entity.
  const [oldLabel, old] = [doc.label, doc.file.copy()];
  await em.transactional(async (inner) => {
    // Two copies of the same file at once would write one label and two files.
    const [locked] = await inner.find(Doc, doc.id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (locked !== undefined) inner.assign(locked, { oldLabel, old });
  });
}

async function empty(storm: Storm, em: EntityManager): Promise<void> {
  const doc = await anyDoc(storm, em);
  if (doc !== undefined) em.assign(doc, { label: '', file: null });
  await em.flush();
}

async function remove(storm: Storm, em: EntityManager): Promise<void> {
  const doc = await anyDoc(storm, em);
  if (doc !== undefined) em.remove(doc);
  await em.flush();
}

async function removeMany(_: Storm, em: EntityManager): Promise<void> {
  const [newest] = await em.find(Doc, {}, { orderBy: { id: -1 }, limit: 1 });
  await em.nativeUpdate(Doc, { id: { $lt: (newest?.id ?? 0) - 10 } }, { label: '', file: null });
  await em.nativeDelete(Doc, { label: '', oldLabel: '' });
}

async function upsertMany(storm: Storm, em: EntityManager): Promise<void> {
  const docs = await em.find(Doc, {}, { orderBy: { id: 1 }, limit: 2 });
  const rows = await Promise.all(
    docs.map(async ({ id }) => {
      const label = storm.label();
      const file = await storm.files.stage(Doc, 'file', document(label), { entity: { label } });
      return { id, label, file };
    }),
  );
  if (rows.length > 0) await em.fork().upsertMany(Doc, rows);
}

async function fillFolder(storm: Storm, em: EntityManager): Promise<void> {
  const folder = em.create(Folder, {});
  for (const label of [storm.label(), storm.label()]) {
    em.create(Doc, { label, file: document(label), folder });
  }
  await em.flush();
}

async function cascade(_: Storm, em: EntityManager): Promise<void> {
  await em.execute('delete from folder where id = (select max(id) from folder)');
}

/** Seldom: it takes all rows with it. */
async function truncate({ random }: Storm, em: EntityManager): Promise<void> {
  if (random.next() < 0.15) await em.execute('truncate folder, doc');
}

/** A way back that was chosen, at any depth. */
export class RolledBack extends Error {}

async function nest(storm: Storm, em: EntityManager, depth = 0): Promise<void> {
  const rollsBack = async (inner: EntityManager): Promise<void> => {
    await storm.random.pick([create, replace, rename, empty, remove])(storm, inner);
    if (depth < 2 && storm.random.next() < 0.6) await nest(storm, inner, depth + 1);
    if (storm.random.next() < 0.4) throw new RolledBack();
  };
  // Entities of its own: MikroORM keeps what an entity was given, and takes it for what the row holds, also in the
  // outer manager after a rollback.
  await em.transactional(rollsBack, { clear: true }).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
}

async function deleteBySql(_: Storm, em: EntityManager): Promise<void> {
  await em.execute(`delete from doc where id = (select id from doc order by random() limit 1)
    or id < (select max(id) - 12 from doc)`);
}

/** The oldest file: the one that is copied below. */
const oldest = '(select min(id) from doc where file is not null)';

async function emptyBySql(_: Storm, em: EntityManager): Promise<void> {
  await em.execute(`update doc set file = null, label = '' where id = ${oldest}`);
}

/** Two rows refer to one object; the one that was there first may be gone before the other is committed. */
async function copyBySql({ random }: Storm, em: EntityManager): Promise<void> {
  await em.transactional(async (inner) => {
    await inner.execute(`insert into doc (label, file, old_label, old)
      select label, file, old_label, old from doc where id = ${oldest}`);
    await sleep(random.next() * 400);
  });
}

/** Copies what its snapshot saw, although it may be gone by now: that is refused. */
async function copyLate({ random }: Storm, em: EntityManager): Promise<void> {
  const isolationLevel = random.pick([IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE]);
  await em.transactional(
    async (inner) => {
      const [row] = await inner.execute<{ label: string; file: object }[]>(
        'select label, file from doc where file is not null order by random() limit 1',
      );
      await sleep(random.next() * 300);
      if (row === undefined) return;
      const values = [row.label, JSON.stringify(row.file)];
      await inner.execute('insert into doc (label, file) values (?, ?)', values);
    },
    { isolationLevel },
  );
}

/** Both files change places. */
async function moveBySql(_: Storm, em: EntityManager): Promise<void> {
  await em.execute(`update doc set label = old_label, file = old, old_label = label, old = file
    where id = (select id from doc order by random() limit 1)`);
}

/** A table of the journal's name in the session must not catch what the triggers write. */
async function shadow(_: Storm, em: EntityManager): Promise<void> {
  await em.transactional(async (inner) => {
    await inner.execute(`create temporary table file_journal (id bigserial, storage text, location text, name text,
      upload_id text, reason text, state int, due_at timestamptz, value jsonb) on commit drop`);
    await inner.execute(
      'delete from doc where id = (select id from doc order by random() limit 1)',
    );
  });
}

async function stageAndInsert(storm: Storm, em: EntityManager): Promise<void> {
  const labels = [storm.label(), storm.label()];
  const rows = await Promise.all(
    labels.map(async (label) => {
      const entity = { label };
      return { label, file: await storm.files.stage(Doc, 'file', document(label), { entity }) };
    }),
  );
  await em.insertMany(Doc, rows);
}

async function stageAndForget(storm: Storm): Promise<void> {
  const label = storm.label();
  await storm.files.stage(Doc, 'file', document(label), { entity: { label } });
}

async function takeUpload(storm: Storm, em: EntityManager): Promise<void> {
  const label = storm.label();
  const upload = await announced(storm, label);
  await sent(storm, upload, label);
  em.create(Doc, { label, file: FieldFile.fromUpload(upload.token) });
  await em.flush();
}

/** Two flushes at once; one may have it. */
async function takeUploadTwice(storm: Storm, em: EntityManager): Promise<void> {
  const label = storm.label();
  const upload = await announced(storm, label);
  await sent(storm, upload, label);
  const flushes = [em, em.fork()].map(async (manager) => {
    manager.create(Doc, { label, file: FieldFile.fromUpload(upload.token) });
    await manager.flush();
  });
  const outcomes = await Promise.allSettled(flushes);
  const reasons = outcomes.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (reasons.length === 0) throw new Error('Two rows have taken one upload');
  if (reasons.length === 2) throw new AggregateError(reasons);
}

/** Other bytes, while the flush takes the upload and after it. */
async function takeUploadSentAgain(storm: Storm, em: EntityManager): Promise<void> {
  const label = storm.label();
  const upload = await announced(storm, label);
  await sent(storm, upload, label);
  em.create(Doc, { label, file: FieldFile.fromUpload(upload.token) });
  const other = `${label.slice(0, -1)}x`;
  await Promise.all([em.flush(), sent(storm, upload, other)]);
  await sent(storm, upload, other);
}

async function sendAndForget(storm: Storm): Promise<void> {
  const label = storm.label();
  const upload = await announced(storm, label);
  if (storm.random.next() < 0.7) await sent(storm, upload, label);
}

async function reclaim({ files }: Storm): Promise<void> {
  const { reclaimed, problems } = await files.worker.drain();
  tell(`reclaimed ${reclaimed}`);
  for (const problem of problems) tell(`problem ${problem}`);
  await sleep(20);
}

async function reconcile({ files }: Storm): Promise<void> {
  await files.reconcile({ dryRun: false, olderThan: '1s' });
}

async function anyDoc(
  { random }: Storm,
  em: EntityManager,
): Promise<InferEntity<typeof Doc> | undefined> {
  const docs = await em.find(Doc, {}, { orderBy: { id: 1 } });
  return docs.length === 0 ? undefined : random.pick(docs);
}
