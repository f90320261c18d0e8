import type { FieldFile, FileRow } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, raw } from '@mikro-orm/postgresql';
import type { QueryOrderMap } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createSharedApp } from './values/shared-app.ts';

const Caption = defineEntity({
  name: 'Caption',
  embeddable: true,
  properties: (p) => ({ title: p.string().nullable(), icon: fileField().nullable() }),
});

const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ uploadTo: 'photos/' }).nullable(),
    inline: () => p.embedded(Caption).nullable(),
    document: () => p.embedded(Caption).object().nullable(),
    list: () => p.embedded(Caption).array().nullable(),
  }),
});

const { orm, files, sql, statements } = await createSharedApp([Photo, Caption]);

function row(name: string, more: Partial<FileRow>): FileRow {
  return { storage: 'default', name: `photos/${name}`, filename: name, ...more };
}

const rows: FileRow[] = [
  row('a.png', { size: 9, type: 'image/png', width: 640, uploadedAt: '2026-01-01T00:00:00.000Z' }),
  row('b.png', {
    size: 10,
    type: 'image/png',
    width: 1024,
    uploadedAt: '2026-02-01T00:00:00.000Z',
    metadata: { album: { year: 2026 } },
  }),
  row('c.pdf', {
    size: 1_000_000,
    type: 'application/pdf',
    uploadedAt: '2026-03-01T00:00:00.000Z',
  }),
  row('d.png', { size: 10, type: 'image/png', width: 99, uploadedAt: '2026-04-01T00:00:00.000Z' }),
  row('e.txt', { size: 200, type: 'text/plain', uploadedAt: '2026-05-01T00:00:00.000Z' }),
];
const icon = JSON.stringify({ title: 'x', icon: row('icon.png', { size: 1 }) });

await sql(
  `insert into photo (id, file) select n, r from jsonb_array_elements(?::jsonb) with ordinality as t (r, n)`,
  [JSON.stringify(rows)],
);
await sql(`insert into photo (id, document, list) values (6, ?::jsonb, ?::jsonb)`, [
  icon,
  `[${icon}]`,
]);

describe('a filter on a file', () => {
  const cases: { by: string; file: never; ids: number[] }[] = [
    { by: 'its name', file: { name: 'photos/a.png' }, ids: [1] },
    { by: 'type and size', file: { type: 'image/png', size: { $gt: 9 } }, ids: [2, 4] },
    { by: 'a size in numbers, not in text', file: { size: { $gte: 200 } }, ids: [3, 5] },
    { by: 'an exact size', file: { size: 10 }, ids: [2, 4] },
    { by: 'a list of sizes', file: { size: { $in: [9, 200] } }, ids: [1, 5] },
    {
      by: 'a list of names',
      file: { name: { $in: ['photos/a.png', 'photos/e.txt'] } },
      ids: [1, 5],
    },
    { by: 'the end of a filename', file: { filename: { $like: '%.pdf' } }, ids: [3] },
    { by: 'a regular expression', file: { filename: /^[ab]/ }, ids: [1, 2] },
    { by: 'a date after', file: { uploadedAt: { $gt: new Date('2026-03-15') } }, ids: [4, 5] },
    { by: 'metadata', file: { metadata: { album: { year: 2026 } } }, ids: [2] },
    { by: 'what it contains', file: { $contains: { type: 'text/plain' } }, ids: [5] },
    { by: 'being empty', file: null, ids: [6] },
    { by: 'not being empty', file: { $ne: null }, ids: [1, 2, 3, 4, 5] },
    { by: 'a key without a value', file: { sha256: null, size: { $lt: 10 } }, ids: [1] },
    { by: 'a whole file', file: files.fromRow(rows[2]!), ids: [3] },
    {
      by: 'a list of whole files',
      file: [files.fromRow(rows[2]!), files.fromRow(rows[0]!)],
      ids: [1, 3],
    },
  ] as never;

  it.each(cases)('finds by $by', async ({ file, ids }) => {
    const found = await orm.em.fork().find(Photo, { file }, { orderBy: { id: 1 } });

    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it.each([
    {
      operator: '$or',
      where: { $or: [{ file: { size: 9 } }, { file: { size: 200 } }] },
      ids: [1, 5],
    },
    {
      operator: '$and',
      where: { $and: [{ file: { size: 10 } }, { file: { width: 99 } }] },
      ids: [4],
    },
    { operator: '$not', where: { $not: { file: { type: 'image/png' } } }, ids: [3, 5] },
  ])('can stand in $operator', async ({ where, ids }) => {
    const found = await orm.em.fork().find(Photo, where, { orderBy: { id: 1 } });

    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('can stand in the query builder, with or without an alias', async () => {
    const em = orm.em.fork();
    const where = { file: { type: 'image/png', size: { $gt: 9 } } };

    const plain = await em.qb(Photo, 'p').where(where).orderBy({ id: 'desc' }).getResult();
    const aliased = await em
      .qb(Photo, 'p')
      .where({ 'p.file': { name: 'photos/a.png' } } as never)
      .getResult();

    expect(plain.map(({ id }) => id)).toEqual([4, 2]);
    expect(aliased.map(({ id }) => id)).toEqual([1]);
  });

  it('by name is answered by the index of the field', async () => {
    const work = async (): Promise<unknown> =>
      orm.em.fork().find(Photo, { file: { name: 'photos/a.png' } });
    const [statement] = await statements(work);
    await sql('set enable_seqscan = off');

    const plan = await sql<{ 'QUERY PLAN': string }>(`explain ${statement!}`, ['photos/a.png']);

    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/Index.* filefield_/);
  });
});

describe('an order by a file', () => {
  const cases: { by: string; file: never; ids: number[] }[] = [
    { by: 'size, as numbers', file: { size: 'asc' }, ids: [1, 2, 4, 5, 3] },
    { by: 'size, falling', file: { size: 'desc' }, ids: [3, 5, 2, 4, 1] },
    { by: 'size, in capitals', file: { size: 'DESC' }, ids: [3, 5, 2, 4, 1] },
    { by: 'size, by 1', file: { size: 1 }, ids: [1, 2, 4, 5, 3] },
    { by: 'size, by -1', file: { size: -1 }, ids: [3, 5, 2, 4, 1] },
    { by: 'width, empty ones last', file: { width: 'asc nulls last' }, ids: [4, 1, 2, 3, 5] },
    { by: 'width, empty ones first', file: { width: 'desc nulls first' }, ids: [3, 5, 2, 1, 4] },
    { by: 'name', file: { name: 'desc' }, ids: [5, 4, 3, 2, 1] },
    { by: 'name, by -1', file: { name: -1 }, ids: [5, 4, 3, 2, 1] },
    { by: 'date, by 1', file: { uploadedAt: 1 }, ids: [1, 2, 3, 4, 5] },
  ] as never;

  it.each(cases)('follows $by', async ({ file, ids }) => {
    const found = await orm.em
      .fork()
      .find(Photo, { file: { $ne: null } }, { orderBy: [{ file }, { id: 1 }] });

    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('follows in the query builder', async () => {
    const found = await orm.em
      .fork()
      .qb(Photo, 'p')
      .where({ file: { $ne: null } })
      .orderBy({ file: { size: 'desc' } })
      .limit(2)
      .getResult();

    expect(found.map(({ id }) => id)).toEqual([3, 5]);
  });
});

describe('pages by cursor', () => {
  const where = { file: { $ne: null } };

  it.each([
    { direction: 'asc', ids: [[1, 2], [4, 5], [3]] },
    { direction: 'desc', ids: [[3, 5], [4, 2], [1]] },
    { direction: 1, ids: [[1, 2], [4, 5], [3]] },
    { direction: -1, ids: [[3, 5], [4, 2], [1]] },
  ] as const)('go forth by size ($direction) and lose no row', async ({ direction, ids }) => {
    const orderBy = [{ file: { size: direction } }, { id: direction }];
    const page = { where, first: 2, orderBy };

    const first = await orm.em.fork().findByCursor(Photo, page);
    const second = await orm.em.fork().findByCursor(Photo, { ...page, after: first });
    const third = await orm.em.fork().findByCursor(Photo, { ...page, after: second.endCursor! });

    expect([first, second, third].map(({ items }) => items.map(({ id }) => id))).toEqual(ids);
    expect([first.hasNextPage, second.hasNextPage, third.hasNextPage]).toEqual([true, true, false]);
  });

  it('go back by size and lose no row', async () => {
    const orderBy: QueryOrderMap<{ file: FieldFile; id: number }>[] = [
      { file: { size: 'asc' } },
      { id: 'asc' },
    ];
    const page = { where, last: 2, orderBy };

    const last = await orm.em.fork().findByCursor(Photo, page);
    const middle = await orm.em.fork().findByCursor(Photo, { ...page, before: last });
    const first = await orm.em.fork().findByCursor(Photo, { ...page, before: middle });

    const pages = [first, middle, last].map(({ items }) => items.map(({ id }) => id));
    expect(pages).toEqual([[1], [2, 4], [5, 3]]);
  });
});

describe('pages by cursor over several keys of a file', () => {
  const orderBy = [{ file: { sha256: 'asc', size: 'desc' } }, { id: 'asc' }] as never;

  it('lose neither rows without a key nor rows without a file', async () => {
    const first = await orm.em.fork().findByCursor(Photo, { first: 3, orderBy });
    const second = await orm.em.fork().findByCursor(Photo, { first: 3, orderBy, after: first });

    const pages = [first, second].map(({ items }) => items.map(({ id }) => id));
    expect(pages).toEqual([
      [6, 3, 5],
      [2, 4, 1],
    ]);
  });
});

describe('a filter through an embeddable', () => {
  it.each([
    { kind: 'inline', where: { inline: { icon: { name: 'photos/icon.png' } } } },
    { kind: 'a JSON object', where: { document: { icon: { name: 'photos/icon.png' } } } },
    { kind: 'a JSON array', where: { list: { icon: { name: 'photos/icon.png' } } } },
    {
      kind: 'a whole file',
      where: { document: { icon: files.fromRow(row('icon.png', { size: 1 })) } },
    },
    { kind: 'inline, by operator', where: { inline: { icon: { size: { $gt: 1 } } } } },
  ])('is refused ($kind), with what to use', async ({ where }) => {
    const work = async (): Promise<unknown> => orm.em.fork().find(Photo, where);

    await expect(work).rejects.toThrow(/raw\(/);
  });

  it('can be for being empty', async () => {
    const found = await orm.em.fork().find(Photo, { inline: { icon: null } });

    expect(found).toHaveLength(6);
  });

  it('can be written with raw()', async () => {
    const name = raw((alias) => `${alias}.document -> 'icon' ->> 'name'`);

    const found = await orm.em.fork().find(Photo, { [name]: 'photos/icon.png' });

    expect(found.map(({ id }) => id)).toEqual([6]);
  });
});
