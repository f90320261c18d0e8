import { describe, expect, it } from 'vitest';
import { createApp, text, unlessStuck } from '../support.ts';
import { Doc } from './entities.ts';

describe('a copy', () => {
  it('belongs to another row, with an object of its own', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    await em.flush();

    const two = em.create(Doc, { name: 'two', file: one.file!.copy() });
    await em.flush();

    expect(two.file!.name).not.toBe(one.file!.name);
    expect(two.file).toMatchObject({ filename: 'a.txt', sha256: one.file!.sha256 });
    await em.remove(one).flush();
    expect(await app.reclaim()).toEqual(['a.txt']);
    expect(await two.file!.text({ verify: true })).toBe('a.txt');
  });

  it('within one location never moves bytes through this process', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    await em.flush();

    em.create(Doc, { name: 'two', file: one.file!.copy() });
    await em.flush();

    expect(app.storage.calls.map(({ operation }) => operation)).toEqual(['save', 'copy']);
  });

  it('to another storage streams, and compares the checksum', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    await em.flush();

    one.thumb = one.file!.copy();
    await em.flush();

    expect(one.thumb).toMatchObject({ storage: 'other', sha256: one.file!.sha256 });
    expect(await one.thumb.text({ verify: true })).toBe('a.txt');
    expect(app.other.calls.filter(({ operation }) => operation === 'save')).toHaveLength(1);
    expect(await app.reclaim()).toEqual(['a.txt', 'a.txt']);
  });

  it('to another storage refuses bytes that are not those of the row', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt', 'right') });
    await em.flush();
    await app.storage.save(one.file!.name!, 'wrong', { ifExists: 'overwrite' });

    one.thumb = one.file!.copy();

    await expect(em.flush()).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('of one source may go to many rows in one flush', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    await em.flush();

    const copies = ['two', 'three'].map((name) => em.create(Doc, { name, file: one.file!.copy() }));
    await em.flush();

    expect(new Set([one, ...copies].map(({ file }) => file!.name)).size).toBe(3);
    expect(await app.journal()).toEqual([]);
  });

  it('of a pending file is another upload of the same source', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const file = text('a.txt');

    const doc = em.create(Doc, { name: 'one', file, thumb: file.copy() });
    await em.flush();

    expect(await doc.file!.text()).toBe(await doc.thumb!.text());
    expect(await app.reclaim()).toEqual(['a.txt', 'a.txt']);
  });
});

describe('a stored file that is assigned elsewhere', () => {
  it('is copied for another row', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    await em.flush();

    const two = em.create(Doc, { name: 'two', file: one.file! });
    await em.flush();

    expect(two.file!.name).not.toBe(one.file!.name);
    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(['a.txt', 'a.txt']);
  });

  it('is copied for another field, into its storage', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    await em.flush();

    one.thumb = one.file!;
    await em.flush();

    expect(one.thumb).toMatchObject({ storage: 'other', filename: 'a.txt' });
    expect(one.thumb.name).toMatch(/^thumbs\//);
  });

  it('is copied by an update of the other row too', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    const two = em.create(Doc, { name: 'two', file: text('b.txt') });
    await em.flush();

    two.file = one.file!;
    await em.flush();

    expect(two.file.name).not.toBe(one.file!.name);
    expect(await app.reclaim()).toEqual(['a.txt', 'a.txt']);
  });

  it('is copied in the second flush of the transaction that stored it, without waiting for itself', async () => {
    const app = await createApp([Doc]);

    const done = app.em().transactional(async (em) => {
      const one = em.create(Doc, { name: 'one', file: text('a.txt') });
      await em.flush();
      em.create(Doc, { name: 'two', file: one.file! });
      await em.flush();
      const three = em.create(Doc, { name: 'three', file: text('c.txt') });
      await em.flush();
      three.file = one.file!;
    });

    expect(await unlessStuck(done.then(() => 'done'))).toBe('done');
    expect(await app.journal()).toEqual(['c.txt released due']);
    expect(await app.reclaim()).toEqual(['a.txt', 'a.txt', 'a.txt']);
  });

  it('is copied when a savepoint that stored it was rolled back, and stored again', async () => {
    const app = await createApp([Doc]);
    const file = text('a.txt');

    const done = app.em().transactional(async (em) => {
      await em
        .transactional(async (inner) => {
          inner.create(Doc, { name: 'inner', file });
          await inner.flush();
          throw new Error('inner');
        })
        .catch(() => em.clear());
      const one = em.create(Doc, { name: 'one', file });
      await em.flush();
      em.create(Doc, { name: 'two', file: one.file! });
    });

    expect(await unlessStuck(done.then(() => 'done'))).toBe('done');
    expect(app.storage.calls.map(({ operation }) => operation)).toEqual(['save', 'copy']);
    expect(await app.reclaim()).toEqual(['a.txt', 'a.txt']);
  });

  it('is swapped with that of another row', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    const two = em.create(Doc, { name: 'two', file: text('b.txt') });
    await em.flush();

    [one.file, two.file] = [two.file, one.file];
    await em.flush();

    const [first, second] = await app.em().find(Doc, {}, { orderBy: { id: 'asc' } });
    expect(await first!.file!.text()).toBe('b.txt');
    expect(await second!.file!.text()).toBe('a.txt');
    expect(await app.reclaim()).toEqual(['a.txt', 'b.txt']);
  });

  it('is swapped between two fields of a row', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'one', file: text('a.txt'), thumb: text('b.txt') });
    await em.flush();

    [doc.file, doc.thumb] = [doc.thumb, doc.file];
    await em.flush();

    const again = await app.em().findOneOrFail(Doc, doc.id);
    expect(await again.file!.text()).toBe('b.txt');
    expect(await again.thumb!.text()).toBe('a.txt');
    expect([again.file!.storage, again.thumb!.storage]).toEqual(['default', 'other']);
    expect(await app.reclaim()).toEqual(['a.txt', 'b.txt']);
  });

  it('moves to another row whose predecessor is removed in the same flush', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const one = em.create(Doc, { name: 'one', file: text('a.txt') });
    const two = em.create(Doc, { name: 'two', file: text('b.txt') });
    await em.flush();

    one.file = two.file;
    em.remove(two);
    await em.flush();

    expect(await one.file!.text()).toBe('b.txt');
    expect(await app.reclaim()).toEqual(['b.txt']);
  });

  it('keeps its object when the same value is assigned to its own row again', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'one', file: text('a.txt') });
    await em.flush();
    const again = await app.em().findOneOrFail(Doc, doc.id);

    doc.file = again.file;
    doc.name = 'changed';
    await em.flush();

    expect(app.uploads()).toBe(1);
    expect(doc.file!.name).toBe(again.file!.name);
  });
});

describe('one pending file on two properties', () => {
  it.each<[string, (file: ReturnType<typeof text>) => [object, ...object[]]]>([
    [
      'two rows',
      (file) => [
        { name: 'one', file },
        { name: 'two', file },
      ],
    ],
    ['two fields of a row', (file) => [{ name: 'one', file, thumb: file }]],
  ])('throws for %s and says .copy()', async (_, data) => {
    const app = await createApp([Doc]);
    const em = app.em();
    data(text('a.txt')).forEach((one) => em.create(Doc, one as { name: string }));

    await expect(em.flush()).rejects.toThrow(
      /Cannot save "a\.txt": the file is pending, .*Doc\..* and of Doc\..*, assign a \.copy\(\)/,
    );
    expect(app.uploads()).toBe(0);
    expect(await app.journal()).toEqual([]);
  });
});
