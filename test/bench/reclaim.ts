import { setTimeout as sleep } from 'node:timers/promises';
import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { benchServer } from './bench-server.ts';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import type { Timing } from './measure.ts';
import { sizes } from './sizes.ts';
import { judged, milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes(
  { objects: 3000, others: 10_000, rounds: 2, delay: 250 },
  { objects: 100_000, others: 1_000_000, rounds: 3, delay: 250 },
);
const batch = 1000;

/** Answers each call of deleteMany and reclaim as late as a remote store answers one DeleteObjects of 1,000. */
class RemoteStorage extends MemoryStorage {
  delay = 0;

  override async deleteMany(names: readonly string[]): Promise<void> {
    if (this.delay > 0) await sleep(this.delay);
    await super.deleteMany(names);
  }

  override async reclaim(names: readonly string[]): Promise<void> {
    if (this.delay > 0) await sleep(this.delay);
    await super.reclaim(names);
  }
}

const Document = defineEntity({
  name: 'Document',
  properties: (p) => ({
    id: p.integer().primary(),
    scan: fileField({ storage: 'private' }).nullable(),
  }),
});

await using server = await benchServer();
const connection = await server.createDatabase('bench');
const storage = new RemoteStorage();
const files = fileFields({
  storages: defineStorages({ private: () => storage }),
  worker: 'manual',
  grace: '0ms',
});
await using orm = await MikroORM.init({
  ...connection,
  entities: [Document],
  extensions: [files],
} as Options);
await orm.schema.create();
const client = await server.connect(connection);
await client.query('set session_replication_role = replica');
await client.query(`insert into document (scan) select jsonb_build_object('storage', 'private',
  'name', 'kept/' || md5(i::text) || '.png', 'size', i, 'type', 'image/png') from generate_series(1, ${size.others}) i`);
await client.query('set session_replication_role = origin');
await client.query('vacuum analyze');
// The owner of the location is asked for once.
await files.worker.drain();

const rows: string[][] = [];
for (const delay of [0, size.delay]) {
  storage.delay = delay;
  const timings = await interleave(
    { drain: async () => drain(), bare: async () => deleteAll() },
    { rounds: size.rounds, warmup: 0 },
  );
  const drained = spread(times(timings.drain));
  const found = spread(ratios(timings.drain, timings.bare));
  rows.push([
    delay === 0 ? 'in memory' : `${delay} ms for each call`,
    milliseconds(spread(times(timings.bare))),
    milliseconds(drained),
    `${((drained.median / size.objects) * 1000).toFixed(0)} µs`,
    delay === 0 ? ratio(found) : judged(found, 1.2),
  ]);
}
printTitle('Reclaiming', size);
printTable(['storage', 'bare deleteMany', 'drain()', 'drain() per object', 'ratio'], rows);

async function drain(): Promise<Timing> {
  await store();
  await client.query(`insert into document (scan) select jsonb_build_object('storage', 'private',
    'name', 'due/' || i || '.txt', 'size', 1, 'type', 'text/plain') from generate_series(1, ${size.objects}) i`);
  await client.query(`delete from document where scan ->> 'name' like 'due/%'`);
  await client.query('checkpoint');
  const time = await timed(async () => {
    const { reclaimed, problems } = await files.worker.drain();
    if (reclaimed !== size.objects) throw new Error(`${reclaimed} reclaimed: ${problems.join()}`);
  });
  await client.query(`delete from file_journal where storage <> ''`);
  await client.query('vacuum document, file_journal');
  return { time };
}

async function deleteAll(): Promise<Timing> {
  const names = await store();
  const time = await timed(async () => {
    for (let at = 0; at < names.length; at += batch) {
      await storage.deleteMany(names.slice(at, at + batch));
    }
  });
  return { time };
}

async function store(): Promise<string[]> {
  const names = Array.from({ length: size.objects }, (_, index) => `due/${index + 1}.txt`);
  for (const name of names) await storage.save(name, 'x', { ifExists: 'error' });
  return names;
}
