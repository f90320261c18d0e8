import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { Worker } from '../../../packages/mikro-orm/src/worker/worker.ts';
import { dangling, orphans } from './races.ts';
import { file } from './world.ts';
import type { World } from './world.ts';

/** What a stress left behind. */
export interface StressResult {
  committed: number;
  refused: number;
  reclaimed: number;
  /** Rows that were seen while their object was gone, and files still dangling at the end. */
  dangling: string[];
  orphans: string[];
}

const levels = ['read committed', 'read committed', 'repeatable read', 'serializable'];

/**
 * Writers that share, replace, delete, undelete, roll back and come late, at three isolation levels and under
 * every alias of the world, while workers reclaim; then everything due is worked off.
 */
export async function stress(
  world: World,
  { seconds, writers, workers }: { seconds: number; writers: number; workers: number },
): Promise<StressResult> {
  const result: StressResult = {
    committed: 0,
    refused: 0,
    reclaimed: 0,
    dangling: [],
    orphans: [],
  };
  const end = Date.now() + seconds * 1000;
  const run = { world, result, end, known: [] as string[], sequence: 0 };
  const crew = Array.from({ length: workers }, () =>
    world.worker({ tombstone: 4000, uploadTimeout: 100, patience: 50 }),
  );
  await Promise.all([
    ...Array.from({ length: writers }, async (_, index) => await write(run, levels[index % 4]!)),
    ...crew.map(async (worker) => await reclaim(run, worker)),
    watch(run),
    trim(run),
  ]);
  await finish(world, result);
  result.dangling.push(...(await dangling(world)));
  result.orphans.push(...(await orphans(world)));
  return result;
}

interface Run {
  readonly world: World;
  readonly result: StressResult;
  readonly end: number;
  /** Values that were committed once. */
  readonly known: string[];
  sequence: number;
}

async function write(run: Run, level: string): Promise<void> {
  while (Date.now() < run.end) {
    const client = await run.world.pool.connect();
    try {
      await transact(run, client, level);
      run.result.committed += 1;
    } catch {
      run.result.refused += 1;
      await client.query('rollback');
    } finally {
      client.release();
    }
  }
}

async function transact(run: Run, client: PoolClient, level: string): Promise<void> {
  const aliases = Object.keys(run.world.storages);
  const [one, two] = [`f${++run.sequence}`, `g${++run.sequence}`] as const;
  const alias = any(aliases);
  const due = any(['1 hour', '1 hour', '20 milliseconds']);
  const isUpload = Math.random() < 0.4;
  const announce = async (): Promise<void> => {
    for (const name of isUpload ? [one, two] : []) await run.world.put(name, { due, alias });
  };
  const isEarly = Math.random() < 0.5;
  if (isEarly) await announce();
  await client.query(`begin isolation level ${level}`);
  await client.query('select count(*) from t');
  if (!isEarly) await announce();
  if (Math.random() < 0.4) await sleep(Math.random() * 250);
  if (isUpload) await any(uploads)(client, file(one, alias), file(two, alias));
  else await any(others)(client, any([...run.known, null]), any(aliases));
  if (Math.random() < 0.4) await sleep(Math.random() * 60);
  if (Math.random() < 0.15) throw new Error('rolled back');
  await client.query('commit');
  if (isUpload) run.known.push(file(one, alias));
  if (run.known.length > 50) run.known.shift();
}

const uploads = [
  async (client: PoolClient, one: string, two: string): Promise<unknown> =>
    await client.query('insert into t (a, r) values ($1, $2)', [one, `[{"pic":${two}}]`]),
  async (client: PoolClient, one: string, two: string): Promise<unknown> =>
    await client.query(
      'update t set a = $1, r = $2 where id = (select id from t order by random() limit 1)',
      [one, `[{"pic":${two}}]`],
    ),
  async (client: PoolClient, one: string, two: string): Promise<void> => {
    await client.query('savepoint s');
    await client.query('insert into t (a) values ($1)', [one]);
    await client.query('rollback to s');
    await client.query('insert into t (a) values ($1)', [two]);
  },
];

const others = [
  async (client: PoolClient): Promise<unknown> =>
    await client.query('delete from t where id in (select id from t order by random() limit 2)'),
  async (client: PoolClient): Promise<unknown> =>
    await client.query(
      'insert into t (a) select a from t where a is not null order by random() limit 2',
    ),
  async (client: PoolClient, _: string | null, alias: string): Promise<void> => {
    const read = await client.query<{ a: object }>(
      'select a from t where a is not null order by random() limit 1',
    );
    await sleep(Math.random() * 250);
    for (const { a } of read.rows) {
      await client.query('insert into t (a) values ($1)', [
        JSON.stringify({ ...a, storage: alias }),
      ]);
    }
  },
  async (client: PoolClient, known: string | null): Promise<unknown> =>
    await client.query('insert into t (a) values ($1)', [known]),
  async (client: PoolClient): Promise<unknown> =>
    await client.query(
      `with two as (select id, a, row_number() over () as n from t where a is not null order by random() limit 2)
      update t set a = other.a from two mine, two other where t.id = mine.id and other.n <> mine.n`,
    ),
];

async function reclaim(run: Run, worker: Worker): Promise<void> {
  while (Date.now() < run.end) {
    const report = await worker.drain();
    run.result.reclaimed += report.reclaimed;
    await sleep(Math.random() * 10);
  }
}

/** A row whose object is gone although the row is still there: names are never stored twice. */
async function watch(run: Run): Promise<void> {
  while (Date.now() < run.end) {
    const suspects = await dangling(run.world);
    const still = suspects.length > 0 ? await dangling(run.world) : [];
    run.result.dangling.push(...suspects.filter((name) => still.includes(name)));
    await sleep(50);
  }
}

async function trim(run: Run): Promise<void> {
  while (Date.now() < run.end) {
    await run.world.sql('delete from t where id < (select max(id) - 60 from t)').catch(() => {});
    await sleep(50);
  }
}

async function finish(world: World, result: StressResult): Promise<void> {
  const worker = world.worker();
  for (let rounds = 0; rounds < 100; rounds += 1) {
    await world.makeDue();
    result.reclaimed += (await worker.drain()).reclaimed;
    const left = await world.sql(
      `select 1 from file_journal where state < 2 and storage <> '' limit 1`,
    );
    if (left.length === 0) return;
  }
  throw new Error('Cannot work off what is due');
}

function any<T>(list: readonly T[]): T {
  const item = list[Math.floor(Math.random() * list.length)];
  if (item === undefined) throw new Error('Cannot choose from an empty list');
  return item;
}
