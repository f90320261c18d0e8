import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import { fileField, fileFields, imageField } from '@filefield/mikro-orm';
import type { FileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/pglite';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { stem, stream, text } from './support.ts';
import { picture, sized, testEngine } from './variants/support.ts';

const Scan = defineEntity({
  name: 'Scan',
  embeddable: true,
  properties: () => ({ image: fileField().nullable() }),
});

const Letter = defineEntity({
  name: 'Letter',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().unique(),
    file: fileField({ uploadTo: 'letters/' }).nullable(),
    scan: () => p.embedded(Scan).object().nullable(),
  }),
});

const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    image: imageField({ variants: { thumb: sized(100) } }).nullable(),
  }),
});

type EntityManager = MikroORM['em'];
type Work = (em: EntityManager) => Promise<void>;

interface LiteApp {
  readonly orm: MikroORM;
  readonly files: FileFields;
  readonly log: string[];
  readonly journal: () => Promise<string[]>;
  readonly objects: () => Promise<string[]>;
  /** Runs everything that is due or ever will be, and answers `objects()`. */
  readonly reclaim: () => Promise<string[]>;
}

// It takes two seconds to start: each test has its own schema and ORM instead.
const owner = await MikroORM.init({ dbName: 'memory://', entities: [Letter, Scan, Photo] });
afterAll(() => owner.close(true));
const pglite = await owner.em.getConnection().getNativeClient();

/** PGlite has one connection, which uploads, journal and worker share. */
async function createLiteApp(): Promise<LiteApp> {
  const [storage, next] = [new MemoryStorage(), new MemoryStorage()];
  const files = fileFields({
    storages: defineStorages({ default: () => storage, next: () => next }),
    worker: 'manual',
    grace: '0ms',
    variants: { engine: testEngine() },
  });
  const log: string[] = [];
  const orm = await MikroORM.init({
    driverOptions: { pglite },
    entities: [Letter, Scan, Photo],
    extensions: [files],
    debug: ['query'],
    colors: false,
    logger: (message) => log.push(message),
  });
  onTestFinished(() => orm.close(true));
  await pglite.exec('drop schema public cascade; create schema public');
  await orm.schema.create();
  const app: LiteApp = {
    orm,
    files,
    log,
    async reclaim() {
      await orm.em
        .getConnection()
        .execute('update file_journal set due_at = now() where state = 0');
      await files.worker.drain();
      return app.objects();
    },
    async journal() {
      const rows = await orm.em
        .getConnection()
        .execute<{ name: string; reason: string }[]>(
          `select name, reason from file_journal where state < 2 and storage <> '' order by 1`,
        );
      return rows.map(({ name, reason }) => `${stem(name)} ${reason}`);
    },
    async objects() {
      const found = await Array.fromAsync(storage.walk());
      return found
        .map(({ name }) => stem(name))
        .filter((name) => name !== 'owner')
        .toSorted();
    },
  };
  return app;
}

describe('file fields on PGlite', () => {
  it('leave nothing for schema:update', async () => {
    const { orm } = await createLiteApp();

    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('save, load and filter', async () => {
    const { orm, objects, journal } = await createLiteApp();
    const em = orm.em.fork();
    em.create(Letter, {
      title: 'a',
      file: text('ü \'quoted".txt'),
      scan: { image: text('s.txt') },
    });
    em.create(Letter, { title: 'b', file: null });
    await em.flush();

    const [letter] = await orm.em.fork().find(Letter, { file: { size: { $gt: 1 } } });

    expect(letter?.file).toBeInstanceOf(FieldFile);
    expect(await letter?.file?.text()).toBe('ü \'quoted".txt');
    expect(await letter?.scan?.image?.text()).toBe('s.txt');
    expect(await objects()).toHaveLength(2);
    expect(await journal()).toEqual([]);
  });

  it('announce an upload before the transaction of its flush, on its own', async () => {
    const { orm, log } = await createLiteApp();
    const em = orm.em.fork();
    em.create(Letter, { title: 'a', file: text('a.txt') });
    log.length = 0;

    await em.flush();

    const statements = log.map((line) => line.replace(/^\[query\] /, '').split(/ |;/)[0]);
    expect(statements.slice(statements.indexOf('begin') - 1)).toEqual([
      'select',
      'begin',
      'insert',
      'commit',
    ]);
    expect(log.join('\n')).toMatch(/filefield_schedule[^]*begin/);
  });

  it('emit nothing for what was only loaded', async () => {
    const { orm, log } = await createLiteApp();
    const em = orm.em.fork();
    em.create(Letter, { title: 'a', file: text('a.txt'), scan: { image: text('s.txt') } });
    await em.flush();
    const fresh = orm.em.fork();
    await fresh.find(Letter, {});
    log.length = 0;

    await fresh.flush();

    expect(log).toEqual([]);
  });

  it('update several rows in one statement', async () => {
    const { orm, files, objects } = await createLiteApp();
    const em = orm.em.fork();
    ['a', 'b', 'c'].forEach((title) => em.create(Letter, { title, file: text(`${title}.txt`) }));
    await em.flush();
    const [a, b, c] = await em.find(Letter, {}, { orderBy: { title: 'asc' } });
    a!.file = text('next.txt');
    b!.file = null;
    c!.file = c!.file!.withFilename('renamed.txt');

    await em.flush();
    await files.worker.drain();

    expect(await objects()).toEqual(['c.txt', 'next.txt']);
    const [again] = await orm.em.fork().find(Letter, { title: 'c' });
    expect(again?.file?.filename).toBe('renamed.txt');
  });

  it('reclaim what a rollback left over', async () => {
    const { orm, journal, reclaim } = await createLiteApp();
    const em = orm.em.fork();
    const file = text('late.txt');

    const work = em.transactional(async (inner) => {
      inner.create(Letter, { title: 'a', file });
      await inner.flush();
      throw new Error('changed my mind');
    });

    await expect(work).rejects.toThrow('changed my mind');
    expect(file.isPending).toBe(true);
    expect(await journal()).toEqual(['late.txt upload']);
    expect(await reclaim()).toEqual([]);
  });

  it('retry after a failed flush', async () => {
    const { orm, journal, reclaim } = await createLiteApp();
    const em = orm.em.fork();
    em.create(Letter, { title: 'a', file: text('a.txt') });
    await em.flush();
    const second = em.create(Letter, { title: 'a', file: text('b.txt') });
    await expect(em.flush()).rejects.toThrow(/unique/);

    second.title = 'b';
    await em.persist(second).flush();

    const again = await orm.em.fork().findOneOrFail(Letter, { title: 'b' });
    expect(await again.file?.text()).toBe('b.txt');
    expect(await journal()).toEqual([]);
    expect(await reclaim()).toEqual(['a.txt', 'b.txt']);
  });

  it.each([
    { how: 'implicit', run: async (em: EntityManager, work: Work) => work(em) },
    { how: 'explicit', run: async (em: EntityManager, work: Work) => em.transactional(work) },
  ])('save a stream that was read once, in the next $how transaction', async ({ run }) => {
    const { orm, journal, reclaim } = await createLiteApp();
    const file = stream('once.txt');
    const save: Work = async (em) => {
      em.create(Letter, { title: 'a', file });
      await em.flush();
    };
    const failing = orm.em.fork().transactional(async (em) => {
      await save(em);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');

    await run(orm.em.fork(), save);

    expect(await file.text()).toBe('once.txt');
    expect(await journal()).toEqual([]);
    expect(await reclaim()).toEqual(['once.txt']);
  });

  it('follow savepoints: the inner one rolls back, the outer one commits', async () => {
    const { orm, journal, reclaim } = await createLiteApp();
    const em = orm.em.fork();
    const inner = text('inner.txt');

    await em.transactional(async (outer) => {
      outer.create(Letter, { title: 'outer', file: text('outer.txt') });
      await outer.flush();
      const nested = outer.transactional(async (deep) => {
        deep.create(Letter, { title: 'inner', file: inner });
        await deep.flush();
        throw new Error('inner failed');
      });
      await expect(nested).rejects.toThrow('inner failed');
    });

    expect(inner.isPending).toBe(true);
    const found = await orm.em.fork().find(Letter, {});
    expect(found.map(({ title }) => title)).toEqual(['outer']);
    expect(await journal()).toEqual(['inner.txt upload']);
    expect(await reclaim()).toEqual(['outer.txt']);
  });

  it('let the worker reclaim what rows let go of, by any statement', async () => {
    const { orm, files, objects, journal } = await createLiteApp();
    const em = orm.em.fork();
    em.create(Letter, { title: 'a', file: text('a.txt') });
    em.create(Letter, { title: 'b', file: text('b.txt') });
    await em.flush();
    await orm.em.getConnection().execute(`delete from letter where title = 'a'`);
    const before = await journal();

    await files.worker.drain();

    expect(before).toEqual(['a.txt released']);
    expect(await objects()).toEqual(['b.txt']);
    await orm.em.getConnection().execute('truncate letter');
    await files.worker.drain();
    expect(await objects()).toEqual([]);
  });

  it('take staged files in bulk statements', async () => {
    const { orm, files } = await createLiteApp();
    const file = await files.stage(Letter, 'file', text('staged.txt'));

    await orm.em.fork().insertMany(Letter, [{ title: 'a', file }]);

    const [letter] = await orm.em.fork().find(Letter, {});
    expect(await letter?.file?.text()).toBe('staged.txt');
  });

  it('work with several entity managers at once', async () => {
    const { orm, objects } = await createLiteApp();
    const titles = ['a', 'b', 'c', 'd', 'e'];

    await Promise.all(
      titles.map(async (title) =>
        orm.em.fork().transactional(async (em) => {
          em.create(Letter, { title, file: text(`${title}.txt`) });
          await em.flush();
        }),
      ),
    );

    expect(await objects()).toEqual(titles.map((title) => `${title}.txt`));
  });

  it('move to another storage, by configuration and by rows', async () => {
    const { orm, files } = await createLiteApp();
    const em = orm.em.fork();
    em.create(Letter, { title: 'a', file: text('a.txt') });
    await em.flush();
    const route = { from: 'default', to: 'next' } as const;

    const dry = await files.migrate({ ...route, dryRun: true });
    const copied = await files.migrate(route);
    const switched = await files.migrate({ ...route, switch: 'rows' });

    expect([dry, copied, switched]).toMatchObject([
      { copied: 1, problems: [] },
      { copied: 1, verified: 1, isComplete: true },
      { copied: 0, switchedRows: 1, isSettled: true },
    ]);
  });
});

describe('the variants of an image on PGlite', () => {
  it('are made in the background, and vanish with their row', async () => {
    const app = await createLiteApp();
    const em = app.orm.em.fork();
    const photo = em.create(Photo, { image: picture('a.png') });
    await em.flush();

    const { variants } = await app.files.worker.drain();
    const made = await app.objects();
    await em.remove(photo).flush();

    expect(variants).toMatchObject({ originals: 1, variants: 1, problems: [] });
    expect(made).toEqual(['a.png', expect.stringMatching(/^thumb-.*\.webp$/)]);
    expect(await app.reclaim()).toEqual([]);
  });
});
