import { FieldFile } from '@filefield/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { announced, Doc, document, sent } from './documents.ts';
import type { Documents } from './documents.ts';

/** Something that a child does and may be killed at. */
export interface Operation {
  /** Every step that it reaches, in order. */
  readonly steps: readonly string[];
  /** Those on S3, where the server copies. Default: the same. */
  readonly stepsOnS3?: readonly string[];
  /** Whether steps that come again are left out: the worker looks for more while it deletes. */
  readonly once?: true;
  /** The rows that it finds, see `rowsOf`. */
  readonly before: readonly string[];
  /** The rows once it has committed. */
  readonly after: readonly string[];
  /** Runs before any step counts. */
  prepare(documents: Documents): Promise<void>;
  run(documents: Documents): Promise<void>;
}

const upload = [
  'before journal',
  'after journal',
  'before first-byte',
  'after first-byte',
  'before last-byte',
  'after last-byte',
];
const copy = ['before journal', 'after journal', 'before first-byte', 'after last-byte'];
const transaction = ['before-commit', 'after-commit'];
const flush = ['before-begin', ...transaction];
const seeded = ['1 file: one.txt of one, old: dusty.txt of dusty', '2 file: two.txt of two'];
const lookup = ['before lease', 'after lease'];
const judging = ['before judge', 'after judge', 'before delete', 'after delete'];

/** What the children do, by name. */
export const operations: Readonly<Record<string, Operation>> = {
  'saving a new entity': {
    steps: [...upload, ...flush],
    before: seeded,
    after: [...seeded, '3 file: three.txt of three'],
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      em.create(Doc, { label: 'three', file: document('three') });
      await em.flush();
    },
  },
  'replacing a file': {
    steps: [...upload, ...flush],
    before: seeded,
    after: ['1 file: new.txt of new, old: dusty.txt of dusty', ...seeded.slice(1)],
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      const doc = await em.findOneOrFail(Doc, 1);
      em.assign(doc, { label: 'new', file: document('new') });
      await em.flush();
    },
  },
  'renaming a file': {
    steps: [...copy, ...flush],
    before: seeded,
    after: ['1 file: renamed.txt of one, old: dusty.txt of dusty', ...seeded.slice(1)],
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      const doc = await em.findOneOrFail(Doc, 1);
      doc.file = doc.file!.renamed('renamed.txt');
      await em.flush();
    },
  },
  'renaming through the bound field': {
    steps: copy,
    before: seeded,
    after: ['1 file: renamed.txt of one, old: dusty.txt of dusty', ...seeded.slice(1)],
    prepare: seed,
    async run({ orm, files }) {
      const doc = await orm.em.fork().findOneOrFail(Doc, 1);
      await files.field(doc, 'file').rename('renamed.txt');
    },
  },
  'copying a file to another entity': {
    steps: [...copy, ...flush],
    before: seeded,
    after: [...seeded, '3 file: one.txt of one'],
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      const doc = await em.findOneOrFail(Doc, 1);
      em.create(Doc, { label: 'one', file: doc.file!.copy() });
      await em.flush();
    },
  },
  'copying a file to another storage': {
    steps: [...upload, ...flush],
    stepsOnS3: [...copy, ...flush],
    before: seeded,
    after: [seeded[0]!, '2 file: two.txt of two, old: one.txt of one'],
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      const [one, two] = await em.find(Doc, {}, { orderBy: { id: 1 } });
      em.assign(two!, { oldLabel: 'one', old: one!.file!.copy() });
      await em.flush();
    },
  },
  'emptying a field': {
    steps: transaction,
    before: seeded,
    after: ['1 old: dusty.txt of dusty', ...seeded.slice(1)],
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      const doc = await em.findOneOrFail(Doc, 1);
      em.assign(doc, { label: '', file: null });
      await em.flush();
    },
  },
  'removing an entity': {
    steps: transaction,
    before: seeded,
    after: seeded.slice(1),
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      em.remove(await em.findOneOrFail(Doc, 1));
      await em.flush();
    },
  },
  'an explicit transaction with savepoints': {
    steps: [...upload, ...upload, ...transaction, ...upload, ...copy, ...transaction],
    before: seeded,
    after: ['1 file: moved.txt of one', '3 file: outer.txt of outer', '4 file: kept.txt of kept'],
    prepare: seed,
    async run({ orm }) {
      await orm.em.fork().transactional(async (em) => {
        await save(em, 'outer');
        await em.transactional(async (inner) => save(inner, 'kept'));
        await rolledBack(
          em.transactional(async (inner) => {
            await save(inner, 'lost');
            throw new RolledBack();
          }),
        );
        const [one, two] = await em.find(Doc, {}, { orderBy: { id: 1 } });
        em.assign(one!, { file: one!.file!.renamed('moved.txt'), oldLabel: '', old: null });
        em.remove(two!);
      });
    },
  },
  'staging a file and inserting many rows': {
    steps: [...upload, ...transaction],
    before: seeded,
    after: [...seeded, '3 file: staged.txt of staged', '4'],
    prepare: seed,
    async run({ orm, files }) {
      const entity = { label: 'staged' };
      const file = await files.stage(Doc, 'file', document('staged'), { entity });
      await orm.em.fork().transactional(async (em) => {
        await em.insertMany(Doc, [{ label: 'staged', file }, { label: '' }]);
      });
    },
  },
  'taking a direct upload': {
    steps: ['before journal', 'after journal', ...copy, ...flush],
    before: seeded,
    after: [...seeded, '3 file: sent.txt of sent'],
    prepare: seed,
    async run(documents) {
      const upload = await announced(documents, 'sent');
      await sent(documents, upload, 'sent');
      const em = documents.orm.em.fork();
      em.create(Doc, { label: 'sent', file: FieldFile.fromUpload(upload.token) });
      await em.flush();
    },
  },
  'reclaiming what is due': {
    steps: [...lookup, ...judging, 'before tombstone', 'after tombstone'],
    once: true,
    before: ['2 file: new.txt of new'],
    after: ['2 file: new.txt of new'],
    prepare: letGo,
    async run({ files }) {
      await files.worker.drain();
    },
  },
  'purging a tombstone': {
    steps: [...lookup, 'before purge', ...judging, 'after purge'],
    once: true,
    before: ['2 file: new.txt of new'],
    after: ['2 file: new.txt of new'],
    async prepare(documents) {
      await letGo(documents);
      await documents.files.worker.drain();
      await uploadLate(documents);
    },
    async run({ files }) {
      await files.worker.drain();
    },
  },
};

async function seed({ orm }: Documents): Promise<void> {
  const em = orm.em.fork();
  em.create(Doc, {
    label: 'one',
    file: document('one'),
    oldLabel: 'dusty',
    old: document('dusty'),
  });
  em.create(Doc, { label: 'two', file: document('two') });
  await em.flush();
}

/** Three objects in two storages become due, and one that a row refers to; both locations have their owner already. */
async function letGo(documents: Documents): Promise<void> {
  await seed(documents);
  const em = documents.orm.em.fork();
  const passing = {
    label: 'three',
    file: document('three'),
    oldLabel: 'four',
    old: document('four'),
  };
  em.create(Doc, passing);
  await em.flush();
  await em.getConnection().execute('delete from doc where id = 3');
  await documents.files.worker.drain();
  const two = await em.findOneOrFail(Doc, 2);
  em.assign(two, { label: 'new', file: document('new') });
  await em.flush();
  await em.getConnection().execute('delete from doc where id = 1');
  await em.execute(
    `insert into file_journal (storage, name) select 'default', file ->> 'name' from doc where id = 2`,
  );
}

/** The tombstones become due, and under their names are objects again. */
async function uploadLate(documents: Documents): Promise<void> {
  const tombstones = await documents.orm.em
    .getConnection()
    .execute<{ storage: string; name: string }[]>(
      'update file_journal set due_at = now() where state = 2 returning storage, name',
    );
  for (const { storage, name } of tombstones) await documents.storage(storage).save(name, 'late');
}

async function save(em: EntityManager, label: string): Promise<void> {
  em.create(Doc, { label, file: document(label) });
  await em.flush();
}

class RolledBack extends Error {}

async function rolledBack(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
}
