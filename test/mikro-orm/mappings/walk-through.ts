import type { EntityManager } from '@mikro-orm/postgresql';
import { text } from '../support.ts';
import type { App } from '../support.ts';
import { bulkStatements } from './bulk-statements.ts';
import type { Mapping } from './mapping.ts';
import { readings } from './readings.ts';
import type { Readings } from './readings.ts';

/** What is stored after each step, once all that is due has been reclaimed. */
export interface WalkedThrough extends Readings {
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly copied: readonly string[];
  readonly renamed: readonly string[];
  readonly rolledBack: readonly string[];
  readonly savepoint: readonly string[];
  readonly cleared: readonly string[];
  readonly filled: readonly string[];
  /** What the journal lists once a bulk statement of each kind replaced the file. */
  readonly bulk: readonly string[];
  readonly afterBulk: readonly string[];
  /** What `schema:update` would still do. */
  readonly difference: string;
  readonly deletedBySql: readonly string[];
  readonly truncated: readonly string[];
  readonly cascaded: readonly string[];
  readonly removed: readonly string[];
}

/** Takes one file through its whole life. */
export async function walkThrough(app: App, mapping: Mapping): Promise<WalkedThrough> {
  const { entity, table, keys, place, holder } = mapping;
  const values = (file: Parameters<typeof place>[0]): never =>
    ({ title: 'x', ...keys(), ...place(file) }) as never;
  const find = async (em: EntityManager): Promise<object> =>
    (await em.find(entity, {}, { populate: mapping.populate as never }))[0]!;
  const create = async (filename: string): Promise<void> => {
    const em = app.em();
    em.create(entity, values(text(filename)));
    await em.flush();
  };
  const inTransaction = async (
    work: (em: EntityManager, found: object) => Promise<void> | void,
  ): Promise<string[]> => {
    await app
      .em()
      .transactional(async (em) => {
        await work(em, await find(em));
        await em.flush();
      })
      .catch(ignoreRangeError);
    return app.reclaim();
  };

  await create('a.txt');
  const created = await app.reclaim();
  const read = await readings(app, mapping, find);

  const em = app.em();
  const found = await find(em);
  holder(found).file = text('b.txt');
  await em.flush();
  em.assign(found, place(text('c.txt')) as never);
  await em.flush();
  const replaced = await app.reclaim();

  const copy = em.create(entity, values(holder(found).file!));
  await em.flush();
  const copied = await app.reclaim();
  em.remove(copy);
  holder(found).file = holder(found).file!.renamed('d.txt');
  await em.flush();
  const renamed = await app.reclaim();

  const rolledBack = await inTransaction(async (outer, same) => {
    holder(same).file = text('lost.txt');
    await outer.flush();
    throw new RangeError('no');
  });
  const savepoint = await inTransaction(async (outer, same) => {
    await outer
      .transactional(async (inner) => {
        holder(same).file = text('lost.txt');
        await inner.flush();
        throw new RangeError('no');
      })
      .catch(ignoreRangeError);
    // The version that the savepoint counted is back in the row, not in the entity.
    await outer.refresh(same, { populate: mapping.populate as never });
    holder(same).file = text('e.txt');
  });
  const cleared = await inTransaction((_outer, same) => void (holder(same).file = null));
  const filled = await inTransaction((_outer, same) => void (holder(same).file = text('f.txt')));

  const bulk = await bulkStatements(app, mapping);
  const afterBulk = await app.reclaim();
  const difference = (await app.orm.schema.getUpdateSchemaSQL()).trim();
  await app.sql(`delete from ${table}`);
  const deletedBySql = await app.reclaim();
  await create('g.txt');
  await app.sql(`truncate ${table} cascade`);
  const truncated = await app.reclaim();
  await app.sql(`create table owner (id int primary key); insert into owner values (1);
    alter table ${table} add owner int default 1 references owner on delete cascade`);
  await create('h.txt');
  await app.sql('delete from owner where id = 1; insert into owner values (1)');
  const cascaded = await app.reclaim();
  await create('i.txt');
  const last = app.em();
  await last.remove(await find(last)).flush();
  const removed = await app.reclaim();

  return {
    ...read,
    created,
    replaced,
    copied,
    renamed,
    rolledBack,
    savepoint,
    cleared,
    filled,
    bulk,
    afterBulk,
    difference,
    deletedBySql,
    truncated,
    cascaded,
    removed,
  };
}

/** What is true of every mapping. */
export function expected({ bulk }: Mapping): WalkedThrough {
  return {
    read: Array.from({ length: 7 }, () => 'a.txt'),
    written: [],
    partial: 'a.txt',
    created: ['a.txt'],
    replaced: ['c.txt'],
    copied: ['c.txt', 'c.txt'],
    renamed: ['d.txt'],
    rolledBack: ['d.txt'],
    savepoint: ['e.txt'],
    cleared: [],
    filled: ['f.txt'],
    bulk: ['f.txt', ...bulk.slice(0, -1)].map((name) => `${name} released due`).toSorted(),
    afterBulk: [bulk.at(-1)!],
    difference: '',
    deletedBySql: [],
    truncated: [],
    cascaded: [],
    removed: [],
  };
}

function ignoreRangeError(error: unknown): void {
  if (!(error instanceof RangeError)) throw error;
}
