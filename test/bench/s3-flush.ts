import { randomBytes } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { defineStorages, FieldFile } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import pLimit from 'p-limit';
import { bareClient, benchBucket, benchStorage } from './bench-s3.ts';
import { benchServer } from './bench-server.ts';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import { sizes } from './sizes.ts';
import { judged, milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes(
  { files: 100, bytes: 10_000, concurrency: 8, rounds: 10 },
  { files: 100, bytes: 10_000, concurrency: 8, rounds: 60 },
);

const FileDocument = defineEntity({
  name: 'FileDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    scan: fileField({ storage: 'private', uploadTo: 'scans/' }).nullable(),
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

await using server = await benchServer();
await using bucket = await benchBucket();
const connection = await server.createDatabase('bench');
const storages = defineStorages({ private: () => benchStorage(bucket) });
const { concurrency } = size;
const extension = fileFields({ storages, concurrency, environment: 'bench', worker: 'manual' });
await using files = await open({ entities: [FileDocument], extensions: [extension] });
await using json = await open({ entities: [JsonDocument] });
await extension.ready();
const client = bareClient(bucket);
const bytes = new Uint8Array(size.bytes).fill(97);

const timings = await interleave(
  {
    flush: async () => {
      const em = files.em.fork();
      for (let number = 1; number <= size.files; number += 1) {
        const scan = FieldFile.from(bytes, { filename: `scan-${number}.txt` });
        em.create(FileDocument, { title: `scan-${number}`, scan });
      }
      return { time: await timed(async () => em.flush()) };
    },
    PutObject: async () => ({ time: await timed(putAll) }),
    'PutObject, then flush of p.json()': async () => {
      const em = json.em.fork();
      for (let number = 1; number <= size.files; number += 1) {
        em.create(JsonDocument, { title: `scan-${number}`, scan: rowOf(number) });
      }
      return {
        time: await timed(async () => {
          await putAll();
          await em.flush();
        }),
      };
    },
    'save() of S3Storage': async () => {
      const storage = storages.get('private');
      return {
        time: await timed(async () =>
          all(async (name) => storage.save(name, bytes, { ifExists: 'error' })),
        ),
      };
    },
  },
  { rounds: size.rounds, warmup: 5 },
);

printTitle('Flush of new entities with one file each on S3', size);
printTable(
  ['variant', 'time', 'flush() to it'],
  Object.entries(timings).map(([name, own]) => {
    const found = spread(ratios(timings.flush, own));
    const shown = name === 'PutObject' ? judged(found, 1.25) : ratio(found);
    return [name, milliseconds(spread(times(own))), shown];
  }),
);
client.destroy();
await extension.close();

async function putAll(): Promise<void> {
  await all(async (Key) =>
    client.send(
      new PutObjectCommand({ Bucket: bucket.bucket, Key, Body: bytes, ContentType: 'text/plain' }),
    ),
  );
}

/** Does something with as many new names as there are files, so many at once as the flush uploads. */
async function all(work: (name: string) => Promise<unknown>): Promise<void> {
  const limit = pLimit(concurrency);
  const names = Array.from({ length: size.files }, (_, index) => {
    return `scans/scan-${index}_${randomBytes(11).toString('hex')}.txt`;
  });
  await Promise.all(names.map((name) => limit(work, name)));
}

function rowOf(number: number): object {
  const row = { storage: 'private', name: `scans/scan-${number}_a1b2c3d4e5f6g7h8i9j0k1.txt` };
  const facts = { filename: `scan-${number}.txt`, size: size.bytes, type: 'text/plain' };
  return { ...row, ...facts, sha256: 'a'.repeat(64), uploadedAt: '2026-11-01T00:00:00.000Z' };
}

async function open(options: Options): Promise<MikroORM> {
  const orm = await MikroORM.init({ ...connection, ...options } as Options);
  await orm.schema.create();
  return orm;
}
