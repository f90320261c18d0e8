import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { EntityManager, Options } from '@mikro-orm/postgresql';
import { benchServer } from './bench-server.ts';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import type { Timing, Timings } from './measure.ts';
import { sizes } from './sizes.ts';
import { judged, milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes(
  { one: 20, hundred: 5, bytes: 10_000 },
  { one: 400, hundred: 80, bytes: 10_000 },
);

const FileDocument = defineEntity({
  name: 'FileDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    scan: fileField({ storage: 'private', uploadTo: 'scans/' }).nullable(),
  }),
});

const NameDocument = defineEntity({
  name: 'NameDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    scan: fileField({ storage: 'private', uploadTo: 'scans/', column: 'name' }).nullable(),
  }),
});

const JsonDocument = defineEntity({
  name: 'JsonDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    scan: p.json<object>().nullable(),
  }),
});

const TextDocument = defineEntity({
  name: 'TextDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    scan: p.string().nullable(),
  }),
});

const bytes = new Uint8Array(size.bytes).fill(97);
await using server = await benchServer();
const connection = await server.createDatabase('bench');
const storages = defineStorages({ private: () => new MemoryStorage() });
const extensions = [fileFields({ storages, worker: 'manual' })];
await using files = await open({ entities: [FileDocument, NameDocument], extensions });
await using json = await open({ entities: [JsonDocument] });
await using text = await open({ entities: [TextDocument] });
const client = await server.connect(connection);
await client.query('create table listed (name text)');

const many = await measure(100, size.hundred);
const one = await measure(1, size.one);

printTitle('Flush of new entities with one file each', size);
printTable(
  ['entities', 'variant', 'time', 'to p.json()', 'to p.string()'],
  [...report(1, one), ...report(100, many)],
);
printTable(
  ['entities', 'file field, a name, to p.string()'],
  [
    ['1', judged(spread(ratios(one['file field, a name'], one['p.string()'])), 2)],
    ['100', judged(spread(ratios(many['file field, a name'], many['p.string()'])), 3)],
  ],
);

type Variant =
  | 'file field'
  | 'file field, a name'
  | 'p.json()'
  | 'p.string()'
  | 'p.string() after a commit';

async function measure(count: number, rounds: number): Promise<Record<Variant, Timings>> {
  return interleave(
    {
      'file field': async () =>
        flush(files, count, (em, title) => {
          const scan = FieldFile.from(bytes, { filename: `${title}.txt` });
          em.create(FileDocument, { title, scan });
        }),
      'file field, a name': async () =>
        flush(files, count, (em, title) => {
          const scan = FieldFile.from(bytes, { filename: `${title}.txt` });
          em.create(NameDocument, { title, scan });
        }),
      'p.json()': async () =>
        flush(json, count, (em, title) => {
          const row = { storage: 'private', name: `scans/${title}_a1b2c3d4e5f6g7h8i9j0k1.txt` };
          const facts = { filename: `${title}.txt`, size: size.bytes, type: 'text/plain' };
          const more = { sha256: 'a'.repeat(64), uploadedAt: '2026-11-01T00:00:00.000Z' };
          em.create(JsonDocument, { title, scan: { ...row, ...facts, ...more } });
        }),
      'p.string()': async () => flush(text, count, createText),
      // What any journal costs that is durable before the first byte.
      'p.string() after a commit': async () => {
        const listed = await timed(async () =>
          client.query(`insert into listed select 'scans/' || i from generate_series(1, $1) i`, [
            count,
          ]),
        );
        return { listed, ...(await flush(text, count, createText)) };
      },
    },
    { rounds, warmup: 10 },
  );
}

function createText(em: EntityManager, title: string): void {
  em.create(TextDocument, { title, scan: `scans/${title}_a1b2c3d4e5f6g7h8i9j0k1.txt` });
}

async function flush(
  orm: MikroORM,
  count: number,
  create: (em: EntityManager, title: string) => void,
): Promise<Timing> {
  const em = orm.em.fork();
  for (let number = 1; number <= count; number += 1) create(em, `scan-${number}`);
  return { flush: await timed(async () => em.flush()) };
}

function report(count: number, timings: Record<Variant, Timings>): string[][] {
  return Object.entries(timings).map(([name, own]) => [
    String(count),
    name,
    milliseconds(spread(times(own))),
    ratio(spread(ratios(own, timings['p.json()']))),
    ratio(spread(ratios(own, timings['p.string()']))),
  ]);
}

async function open(options: Options): Promise<MikroORM> {
  const orm = await MikroORM.init({ ...connection, ...options } as Options);
  await orm.schema.create();
  return orm;
}
