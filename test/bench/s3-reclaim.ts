import { Agent, request } from 'node:http';
import { DeleteObjectsCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { defineStorages } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import pLimit from 'p-limit';
import { bareClient, benchBucket, benchStorage } from './bench-s3.ts';
import { benchServer } from './bench-server.ts';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import type { Timing } from './measure.ts';
import { sizes } from './sizes.ts';
import { judged, milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes(
  { objects: 3000, others: 10_000, rounds: 3 },
  { objects: 100_000, others: 1_000_000, rounds: 3 },
);
const batch = 1000;

const Document = defineEntity({
  name: 'Document',
  properties: (p) => ({
    id: p.integer().primary(),
    scan: fileField({ storage: 'private' }).nullable(),
  }),
});

await using server = await benchServer();
await using bucket = await benchBucket();
const connection = await server.createDatabase('bench');
const storage = benchStorage(bucket);
const files = fileFields({
  storages: defineStorages({ private: () => storage }),
  environment: 'bench',
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
const s3 = bareClient(bucket);
await letAnybodyPut();
await files.ready();

const names = Array.from({ length: size.objects }, (_, index) => `due/${index + 1}.txt`);
const timings = await interleave(
  {
    'drain() of the worker': drain,
    'DeleteObjects, one after the other': async () => remove(1),
    'DeleteObjects, 4 at once': async () => remove(4),
    'deleteMany() of S3Storage': async () => {
      await store();
      return { time: await timed(async () => storage.deleteMany(names)) };
    },
  },
  { rounds: size.rounds, warmup: 0 },
);

printTitle('Deleting objects on S3', size);
printTable(
  ['variant', 'time', 'per object', 'to one after the other', 'to 4 at once'],
  Object.entries(timings).map(([name, own]) => {
    const found = spread(times(own));
    const [one, four] = [
      spread(ratios(own, timings['DeleteObjects, one after the other'])),
      spread(ratios(own, timings['DeleteObjects, 4 at once'])),
    ];
    return [
      name,
      milliseconds(found),
      `${((found.median / size.objects) * 1000).toFixed(0)} µs`,
      name.startsWith('drain') ? judged(one, 1.2) : ratio(one),
      name.startsWith('deleteMany') ? judged(four, 1.2) : ratio(four),
    ];
  }),
);
s3.destroy();
await files.close();

async function drain(): Promise<Timing> {
  await store();
  await client.query(`insert into document (scan) select jsonb_build_object('storage', 'private',
    'name', 'due/' || i || '.txt', 'size', 0, 'type', 'text/plain') from generate_series(1, ${size.objects}) i`);
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

async function remove(concurrency: number): Promise<Timing> {
  await store();
  const limit = pLimit(concurrency);
  const batches = Array.from({ length: Math.ceil(names.length / batch) }, (_, index) =>
    names.slice(index * batch, (index + 1) * batch).map((Key) => ({ Key })),
  );
  const send = async (Objects: { Key: string }[]): Promise<void> => {
    const Delete = { Objects, Quiet: true };
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket.bucket, Delete }),
    );
    if (Errors.length > 0) throw new Error(`${Errors.length} objects were not deleted`);
  };
  return {
    time: await timed(async () => Promise.all(batches.map((objects) => limit(send, objects)))),
  };
}

/** Signing a request takes the SDK longer than the server needs for an empty object. */
async function letAnybodyPut(): Promise<void> {
  const Resource = `arn:aws:s3:::${bucket.bucket}/*`;
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket.bucket, Policy }));
}

/** Makes empty objects. */
async function store(): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const limit = pLimit(32);
  await Promise.all(
    names.map((name) => limit(put, new URL(`${bucket.endpoint}/${bucket.bucket}/${name}`), agent)),
  );
  agent.destroy();
}

async function put(url: URL, agent: Agent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { 'content-length': '0' };
  request(url, { agent, method: 'PUT', headers }, (response) => {
    response.resume().on('end', () => {
      if (response.statusCode === 200) resolve();
      else reject(new Error(`PUT answered ${response.statusCode}`));
    });
  })
    .on('error', reject)
    .end();
  await promise;
}
