import type { EntityManager } from '@mikro-orm/postgresql';
import { text } from '../support.ts';
import type { App } from '../support.ts';
import type { Holder, Mapping } from './mapping.ts';

/** What is stored after each step, once all that is due has been reclaimed. */
export interface WalkedThrough {
  readonly created: readonly string[];
  readonly loaded: string | undefined;
  /** The statements of a flush of what was only loaded. */
  readonly unchanged: readonly string[];
  readonly replaced: readonly string[];
  readonly renamed: readonly string[];
  readonly rolledBack: readonly string[];
  readonly cleared: readonly string[];
  readonly filled: readonly string[];
  readonly deletedBySql: readonly string[];
  readonly removed: readonly string[];
  /** What `schema:update` would still do. */
  readonly difference: string;
}

/** What is true of every mapping. */
export const expected: WalkedThrough = {
  created: ['a.txt'],
  loaded: 'a.txt',
  unchanged: [],
  replaced: ['b.txt'],
  renamed: ['c.txt'],
  rolledBack: ['c.txt'],
  cleared: [],
  filled: ['e.txt'],
  deletedBySql: [],
  removed: [],
  difference: '',
};

/** Takes one file through its whole life. */
export async function walkThrough(app: App, mapping: Mapping): Promise<WalkedThrough> {
  const create = async (filename: string): Promise<void> => {
    const em = app.em();
    em.create(mapping.entity, mapping.values(text(filename)) as never);
    await em.flush();
  };
  const change = async (
    work: (holder: Holder) => void,
    end?: (em: EntityManager) => void,
  ): Promise<string[]> => {
    await app.em().transactional(async (em) => {
      work(mapping.holder(await mapping.find(em)));
      await em.flush();
      end?.(em);
    });
    return app.reclaim();
  };

  await create('a.txt');
  const created = await app.reclaim();
  const em = app.em();
  const entity = await mapping.find(em);
  const loaded = await mapping.holder(entity).file?.text();
  app.log.length = 0;
  await em.flush();
  const unchanged = [...app.log];
  mapping.holder(entity).file = text('b.txt');
  await em.flush();
  const replaced = await app.reclaim();
  const renamed = await change((holder) => (holder.file = holder.file!.renamed('c.txt')));
  await change(
    (holder) => (holder.file = text('d.txt')),
    () => {
      throw new RangeError('no');
    },
  ).catch(ignoreRangeError);
  const rolledBack = await app.reclaim();
  const cleared = await change((holder) => (holder.file = null));
  const filled = await change((holder) => (holder.file = text('e.txt')));
  await app.sql(mapping.deletion);
  const deletedBySql = await app.reclaim();
  await create('f.txt');
  const last = app.em();
  await last.remove(await mapping.find(last)).flush();
  const removed = await app.reclaim();
  const difference = (await app.orm.schema.getUpdateSchemaSQL()).trim();
  return {
    created,
    loaded,
    unchanged,
    replaced,
    renamed,
    rolledBack,
    cleared,
    filled,
    deletedBySql,
    removed,
    difference,
  };
}

function ignoreRangeError(error: unknown): void {
  if (!(error instanceof RangeError)) throw error;
}
