import type { EntityManager } from '@mikro-orm/postgresql';
import { text } from '../support.ts';
import type { App } from '../support.ts';
import { bulkStatements } from './bulk-statements.ts';
import type { Mapping } from './mapping.ts';
import { readings } from './readings.ts';
import type { Readings } from './readings.ts';

/** What the journal lists and what is stored, once all that is due has been reclaimed, on the way. */
export interface WalkedThrough extends Readings {
  /** The journal once the first file was saved. */
  readonly created: readonly string[];
  /** The bytes of a copy in another row. */
  readonly copied: string;
  /** Stored after flushes that created, replaced, assigned, copied, removed the copy and renamed. */
  readonly flushed: readonly string[];
  /** Stored after transactions that were rolled back, to a savepoint too, cleared and filled, though the journal lists it. */
  readonly transacted: readonly string[];
  /** The journal once a bulk statement of each kind replaced the file. */
  readonly bulk: readonly string[];
  /** Stored after those. */
  readonly written: readonly string[];
  /** What `schema:update` would still do. */
  readonly difference: string;
  /** The journal once rows went by raw SQL, by TRUNCATE, by a cascade and by `em.remove()`. */
  readonly deleted: readonly string[];
  /** Stored after those. */
  readonly left: readonly string[];
}

/** Takes one file through its whole life. */
export async function walkThrough(app: App, mapping: Mapping): Promise<WalkedThrough> {
  const { entity, table, place, holder } = mapping;
  const populate = { populate: mapping.populate as never };
  const values = (file: Parameters<typeof place>[0]): never =>
    ({ title: 'x', ...mapping.keys(), ...place(file) }) as never;
  const find = async (em: EntityManager): Promise<object> =>
    (await em.find(entity, {}, populate))[0]!;
  const create = async (filename: string): Promise<void> => {
    const em = app.em();
    em.create(entity, values(text(filename)));
    await em.flush();
  };

  await create('a.txt');
  const created = await app.journal();
  const read = await readings(app, mapping, find);
  const em = app.em();
  const found = await find(em);
  holder(found).file = text('b.txt');
  await em.flush();
  em.assign(found, place(text('c.txt')) as never);
  await em.flush();
  const copy = em.create(entity, values(holder(found).file!));
  await em.flush();
  const isOther = holder(copy).file!.name !== holder(found).file!.name;
  const copied = isOther ? await holder(copy).file!.text() : 'the very same object';
  em.remove(copy);
  holder(found).file = holder(found).file!.renamed('d.txt');
  await em.flush();
  const flushed = await app.reclaim();

  const inTransaction = async (
    work: (em: EntityManager, found: object) => Promise<void> | void,
  ): Promise<void> =>
    app
      .em()
      .transactional(async (own) => work(own, await find(own)))
      .catch(ignoreRangeError);
  await inTransaction(async (outer, same) => {
    holder(same).file = text('lost.txt');
    await outer.flush();
    throw new RangeError('no');
  });
  await inTransaction(async (outer, same) => {
    const lost = outer.transactional(async (inner) => {
      holder(same).file = text('lost.txt');
      await inner.flush();
      throw new RangeError('no');
    });
    await lost.catch(ignoreRangeError);
    // A version that the savepoint counted is back in the row, not in the entity.
    await outer.refresh(same, populate);
    holder(same).file = text('e.txt');
  });
  await inTransaction((_outer, same) => void (holder(same).file = null));
  await inTransaction((_outer, same) => void (holder(same).file = text('f.txt')));
  await list(app, holder(await find(app.em())).file!.toRow());
  const transacted = await app.reclaim();

  const bulk = await bulkStatements(app, mapping);
  const written = await app.reclaim();
  const difference = (await app.orm.schema.getUpdateSchemaSQL()).trim();

  await app.sql(`delete from ${table}`);
  await create('g.txt');
  await app.sql(`truncate ${table} cascade`);
  await app.sql(`create table owner (id int primary key); insert into owner values (1);
    alter table ${table} add owner int default 1 references owner on delete cascade`);
  await create('h.txt');
  await app.sql('delete from owner; insert into owner values (1)');
  await create('i.txt');
  const last = app.em();
  await last.remove(await find(last)).flush();
  const deleted = await app.journal();
  const left = await app.reclaim();
  return {
    ...read,
    created,
    copied,
    flushed,
    transacted,
    bulk,
    written,
    difference,
    deleted,
    left,
  };
}

/** What is true of every mapping. */
export function expected({ bulk }: Mapping): WalkedThrough {
  const last = bulk.at(-1)!;
  return {
    read: Array.from({ length: 7 }, () => 'a.txt'),
    rewritten: [],
    partial: 'a.txt',
    created: [],
    copied: 'c.txt',
    flushed: ['d.txt'],
    transacted: ['f.txt'],
    bulk: ['f.txt', ...bulk.slice(0, -1)].map((name) => `${name} released due`).toSorted(),
    written: [last],
    difference: '',
    deleted: ['g.txt', 'h.txt', 'i.txt', last].map((name) => `${name} released due`),
    left: [],
  };
}

/** Lists an object to be deleted, as a writer that failed would. */
async function list(app: App, { storage, name }: { storage: string; name: string }): Promise<void> {
  const schema = app.orm.config.get('schema') ?? 'public';
  const entries = JSON.stringify([{ storage, name, reason: 'upload' }]);
  await app.sql(`select "${schema}".filefield_schedule(?::jsonb, interval '0')`, [entries]);
}

function ignoreRangeError(error: unknown): void {
  if (!(error instanceof RangeError)) throw error;
}
