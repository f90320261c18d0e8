import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { text } from '../support.ts';
import { createSharedApp } from '../values/shared-app.ts';
import { Doc } from './docs.ts';

const Cover = defineEntity({
  name: 'Cover',
  embeddable: true,
  properties: () => ({ image: fileField({ column: 'name' }).nullable() }),
});

const Book = defineEntity({
  name: 'Book',
  properties: (p) => ({ id: p.integer().primary(), cover: () => p.embedded(Cover) }),
});

const app = await createSharedApp([Doc, Book, Cover], {
  files: {
    storages: defineStorages({
      default: () => new MemoryStorage(),
      other: () => new MemoryStorage(),
    }),
  },
});

await app.sql(
  `insert into doc (file, other) values ('docs/a.txt', 'a.txt'), ('docs/b.pdf', null), ('docs/c.txt', null), (null, null)`,
);

await app.sql(`insert into book (cover_image) values ('a.png'), ('b.png')`);

describe('a filter on a column of names', () => {
  const filtered = [
    { by: 'the name', where: { file: 'docs/a.txt' }, ids: [1] },
    { by: 'a list of names', where: { file: ['docs/a.txt', 'docs/b.pdf'] }, ids: [1, 2] },
    { by: '$in', where: { file: { $in: ['docs/a.txt', 'docs/c.txt'] } }, ids: [1, 3] },
    { by: '$nin', where: { file: { $nin: ['docs/a.txt'] } }, ids: [2, 3] },
    { by: '$ne', where: { file: { $ne: 'docs/a.txt' } }, ids: [2, 3] },
    { by: '$like', where: { file: { $like: '%.txt' } }, ids: [1, 3] },
    { by: '$ilike', where: { file: { $ilike: 'DOCS/B%' } }, ids: [2] },
    { by: '$re', where: { file: { $re: '^docs/[ab]' } }, ids: [1, 2] },
    { by: '$gt', where: { file: { $gt: 'docs/b' } }, ids: [2, 3] },
    { by: '$or', where: { $or: [{ file: 'docs/a.txt' }, { file: null }] }, ids: [1, 4] },
    { by: '$not', where: { $not: { file: 'docs/a.txt' } }, ids: [2, 3] },
    { by: 'being empty', where: { file: null }, ids: [4] },
    { by: 'not being empty', where: { file: { $ne: null } }, ids: [1, 2, 3] },
  ] as const;

  it.each(filtered)('finds by $by', async ({ where, ids }) => {
    const found = await app.orm.em.fork().find(Doc, where as never, { orderBy: { id: 1 } });

    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('finds by a stored file', async () => {
    const em = app.orm.em.fork();
    const first = await em.findOneOrFail(Doc, { file: 'docs/a.txt' });

    const found = await app.orm.em.fork().find(Doc, { file: first.file! });

    expect(found.map(({ id }) => id)).toEqual([1]);
  });

  it.each([
    { by: 'the name', image: 'b.png', ids: [2] },
    { by: '$like', image: { $like: 'a%' }, ids: [1] },
    { by: 'not being empty', image: { $ne: null }, ids: [1, 2] },
  ])('reaches into an inline embeddable by $by', async ({ image, ids }) => {
    const where = { cover: { image } };

    const found = await app.orm.em.fork().find(Book, where, { orderBy: { id: 1 } });

    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('can stand in the query builder', async () => {
    const query = app.orm.em.fork().qb(Doc, 'd');

    const found = await query.where({ file: { $like: '%/a%' } }).getResult();

    expect(found.map(({ id }) => id)).toEqual([1]);
  });

  it('by name is answered by the index of the field', async () => {
    const [statement] = await app.statements(() =>
      app.orm.em.fork().find(Doc, { file: 'docs/a.txt' }),
    );
    await app.sql('set enable_seqscan = off');

    const plan = await app.sql<{ 'QUERY PLAN': string }>(`explain ${statement!}`, ['docs/a.txt']);

    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/Index.* filefield_/);
  });

  it.each([
    { key: 'name', file: { name: 'docs/a.txt' } },
    { key: 'size', file: { size: { $gt: 1 } } },
    { key: 'type', file: { type: 'image/png' } },
  ])('by the $key of a row is refused, with what to use', async ({ file }) => {
    const work = app.orm.em.fork().find(Doc, { file });

    await expect(work).rejects.toThrow(/the column holds only names, filter by the name itself/);
  });

  it('by a pending file is refused', async () => {
    const work = app.orm.em.fork().find(Doc, { file: text('a.txt') });

    await expect(work).rejects.toThrow(/files\.stage\(\)/);
  });

  it('by a file in another storage is refused', async () => {
    const { other } = await app.orm.em.fork().findOneOrFail(Doc, { other: 'a.txt' });

    const work = app.orm.em.fork().find(Doc, { file: other! });

    await expect(work).rejects.toThrow(/holds names in storage "default" only/);
  });
});

describe('an order by a column of names', () => {
  it.each([
    { direction: 'asc', ids: [1, 2, 3] },
    { direction: 'desc', ids: [3, 2, 1] },
  ] as const)('follows the names ($direction)', async ({ direction, ids }) => {
    const where = { file: { $ne: null } };

    const found = await app.orm.em.fork().find(Doc, where, { orderBy: { file: direction } });

    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('makes pages by cursor that lose no row', async () => {
    const em = app.orm.em.fork();
    const orderBy = { file: 'asc' } as const;

    const first = await em.findByCursor(Doc, { first: 2, orderBy });
    const second = await em.findByCursor(Doc, { first: 2, orderBy, after: first });

    const pages = [first, second].map(({ items }) => items.map(({ id }) => id));
    expect(pages).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});
