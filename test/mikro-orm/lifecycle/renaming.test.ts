import { describe, expect, it } from 'vitest';
import { createApp, outcome, stem, text, type App } from '../support.ts';
import { Doc } from './entities.ts';

async function savedDoc(app: App, filename = 'a.txt') {
  const em = app.em();
  const doc = em.create(Doc, { name: 'a', file: text(filename, 'bytes') });
  await em.flush();
  return { em, doc };
}

describe('a rename', () => {
  it('copies the object on the side of the storage and lets go of the old one', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    const { sha256, size } = doc.file!;

    doc.file = doc.file!.renamed('b.txt');
    await em.flush();

    expect(doc.file).toMatchObject({ filename: 'b.txt', sha256, size, isPending: false });
    expect(stem(doc.file.name!)).toBe('b.txt');
    expect(await doc.file.text({ verify: true })).toBe('bytes');
    expect(app.storage.calls.filter(({ operation }) => operation === 'open')).toHaveLength(1);
    expect(app.storage.calls.filter(({ operation }) => operation === 'copy')).toHaveLength(1);
    expect(await app.journal()).toEqual(['a.txt released due']);
    expect(await app.reclaim()).toEqual(['b.txt']);
  });

  it('locks the row and compares its file before it writes', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    app.log.length = 0;

    doc.file = doc.file!.renamed('b.txt');
    await em.flush();

    expect(app.log.map((line) => line.split(/[ ;]/)[0])).toEqual([
      'select',
      'begin',
      'select',
      'update',
      'commit',
    ]);
    expect(app.log[2]).toMatch(/for update/);
  });

  it('throws FileChangedError when the row got another file meanwhile, and leaves that', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    const other = app.em();
    const same = await other.findOneOrFail(Doc, doc.id);
    same.file = text('newer.txt');
    await other.flush();

    doc.file = doc.file!.renamed('b.txt');

    await expect(em.flush()).rejects.toMatchObject({ code: 'FILE_CHANGED' });
    expect(doc.file.isPending).toBe(true);
    expect(await app.reclaim()).toEqual(['newer.txt']);
  });

  it('throws FileChangedError when the row is gone', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    await app.sql('delete from doc');

    doc.file = doc.file!.renamed('b.txt');

    await expect(em.flush()).rejects.toMatchObject({ code: 'FILE_CHANGED' });
    expect(await app.reclaim()).toEqual([]);
  });

  it('throws FileNotFoundError when the object vanished, and its new name is due at once', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    await app.storage.delete(doc.file!.name!);

    doc.file = doc.file!.renamed('b.txt');

    await expect(em.flush()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await app.journal()).toEqual(['b.txt copy due']);
  });

  it('that is rolled back keeps the old object, and the next flush uses the copy again', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    await app.sql(`insert into doc (name) values ('taken')`);

    doc.file = doc.file!.renamed('b.txt');
    doc.name = 'taken';
    await em.flush().catch(() => {});

    expect(doc.file.isPending).toBe(true);
    expect(await app.journal()).toEqual(['b.txt copy later']);
    doc.name = 'free';
    await em.persist(doc).flush();
    expect(doc.file.isPending).toBe(false);
    expect(app.storage.calls.filter(({ operation }) => operation === 'copy')).toHaveLength(1);
    expect(await app.reclaim()).toEqual(['b.txt']);
  });

  it('that is rolled back in a transaction is done by the next flush', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    await em.begin();
    doc.file = doc.file!.renamed('b.txt');
    await em.flush();
    await em.rollback();

    await em.flush();

    expect(doc.file.isPending).toBe(false);
    expect(await app.reclaim()).toEqual(['b.txt']);
  });

  it('that is rolled back and tried again still refuses a row that got another file', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    await em.begin();
    doc.file = doc.file!.renamed('b.txt');
    await em.flush();
    await em.rollback();
    const other = app.em();
    const same = await other.findOneOrFail(Doc, doc.id);
    same.file = text('newer.txt');
    await other.flush();

    await expect(em.flush()).rejects.toMatchObject({ code: 'FILE_CHANGED' });
    expect(await app.reclaim()).toEqual(['newer.txt']);
  });

  it('of a file that another flush of the transaction wrote starts from that', async () => {
    const app = await createApp([Doc]);

    await app.em().transactional(async (em) => {
      const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
      await em.flush();
      doc.file = doc.file!.renamed('b.txt');
      await em.flush();
      doc.file = doc.file.renamed('c.txt');
    });

    expect(await app.reclaim()).toEqual(['c.txt']);
  });

  it('of a pending file only gives it the other filename', async () => {
    const app = await createApp([Doc]);
    const em = app.em();

    const doc = em.create(Doc, { name: 'a', file: text('a.txt').renamed('b.txt') });
    await em.flush();

    expect(doc.file?.filename).toBe('b.txt');
    expect(await app.reclaim()).toEqual(['b.txt']);
  });

  it('of many rows happens in one flush', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const docs = ['a', 'b', 'c'].map((name) => em.create(Doc, { name, file: text(`${name}.txt`) }));
    await em.flush();

    docs.forEach((doc) => (doc.file = doc.file!.renamed(`${doc.name}2.txt`)));
    await em.flush();

    expect(await app.reclaim()).toEqual(['a2.txt', 'b2.txt', 'c2.txt']);
  });

  it('is checked once where a unique column writes the row again', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const docs = ['a', 'b'].map((name) => em.create(Doc, { name, file: text(`${name}.txt`) }));
    await em.flush();

    docs.forEach((doc) => {
      doc.file = doc.file!.renamed(`${doc.name}2.txt`);
      doc.name = `${doc.name}2`;
    });
    await em.flush();

    expect(await app.reclaim()).toEqual(['a2.txt', 'b2.txt']);
  });

  it('to the same filename is a new object', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await savedDoc(app);
    const { name } = doc.file!;

    doc.file = doc.file!.renamed('a.txt');
    await em.flush();

    expect(doc.file.name).not.toBe(name);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });
});

describe('two renames of one row at once', () => {
  it.each(['read committed', 'repeatable read', 'serializable'] as const)(
    'end with exactly one winner and nothing dangling under %s',
    async (isolationLevel) => {
      const app = await createApp([Doc]);
      const { doc } = await savedDoc(app);
      const both = Promise.withResolvers<void>();
      const waiting: string[] = [];
      const rename = async (filename: string): Promise<void> =>
        await app.em().transactional(
          async (em) => {
            const same = await em.findOneOrFail(Doc, doc.id);
            waiting.push(filename);
            if (waiting.length === 2) both.resolve();
            await both.promise;
            same.file = same.file!.renamed(filename);
          },
          { isolationLevel },
        );

      const results = await Promise.all([outcome(rename('b.txt')), outcome(rename('c.txt'))]);

      expect(results.filter((result) => result === 'ok')).toHaveLength(1);
      const winner = await app.em().findOneOrFail(Doc, doc.id);
      expect(await winner.file!.text({ verify: true })).toBe('bytes');
      expect(await app.reclaim()).toEqual([winner.file!.filename]);
      expect(await winner.file!.exists()).toBe(true);
    },
  );

  it('tell the loser of implicit flushes that the file changed', async () => {
    const app = await createApp([Doc]);
    const { doc } = await savedDoc(app);
    const [one, two] = [app.em(), app.em()];
    const [first, second] = [
      await one.findOneOrFail(Doc, doc.id),
      await two.findOneOrFail(Doc, doc.id),
    ];
    first.file = first.file!.renamed('b.txt');
    second.file = second.file!.renamed('c.txt');

    const results = await Promise.all([outcome(one.flush()), outcome(two.flush())]);

    expect(results.toSorted()).toEqual(['FileChangedError', 'ok']);
    const winner = await app.em().findOneOrFail(Doc, doc.id);
    expect(await app.reclaim()).toEqual([winner.file!.filename]);
  });
});
