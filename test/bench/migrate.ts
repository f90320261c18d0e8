import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineStorages, FileSystemStorage } from '@filefield/core';
import { fileField, fileFields, type MigrateOptions } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import { isInstalled } from '../support/is-installed.ts';
import { benchBucket, benchStorage, type BenchBucket } from './bench-s3.ts';
import { benchServer, type BenchServer } from './bench-server.ts';
import { interleave, ratios, spread, timed, times, type Timing } from './measure.ts';
import { sizes } from './sizes.ts';
import { milliseconds, printTable, printTitle, ratio } from './table.ts';
import { writeRandom } from './write-random.ts';

const size = sizes(
  { small: 300, large: 4, mebibytes: 16, rounds: 2 },
  { small: 10_000, large: 10, mebibytes: 256, rounds: 1 },
);
const atOnce = 8;

if (!isInstalled('rclone')) {
  console.log('migrate is left out: rclone is not installed (apt-get install rclone)\n');
  process.exit(0);
}

const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ storage: 'from' }).nullable(),
  }),
});

const directory = await mkdtemp(join(tmpdir(), 'filefield-bench-'));
await using server = await benchServer();
await using bucket = await benchBucket();
try {
  printTitle(`From a disk to S3, ${atOnce} objects at once`, size);
  const small = join(directory, 'small');
  for (let index = 0; index < size.small; index += 1) {
    const group = join(small, String(index % 100));
    await mkdir(group, { recursive: true });
    await writeFile(join(group, `${index}.bin`), randomBytes(10_000));
  }
  await compare(`${size.small} files of 10 kB`, small);
  await rm(small, { recursive: true });
  const large = join(directory, 'large');
  await mkdir(large);
  for (let index = 0; index < size.large; index += 1) {
    await writeRandom(join(large, `${index}.bin`), size.mebibytes);
  }
  await compare(`${size.large} files of ${size.mebibytes} MiB`, large);
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function compare(title: string, location: string): Promise<void> {
  const found = await interleave(
    {
      'rclone copy': async () => rclone(location, false),
      "migrate(), verify: 'size'": async () => migrated(server, location, { verify: 'size' }),
      'rclone copy, check --download': async () => rclone(location, true),
      'migrate(), every byte read back': async () => migrated(server, location, {}),
    },
    { rounds: size.rounds, warmup: 0 },
  );
  const against = {
    'rclone copy': 'rclone copy',
    "migrate(), verify: 'size'": 'rclone copy',
    'rclone copy, check --download': 'rclone copy, check --download',
    'migrate(), every byte read back': 'rclone copy, check --download',
  } as const;
  printTable(
    [title, 'time', 'to rclone'],
    Object.entries(against).map(([name, base]) => {
      const own = found[name as keyof typeof against];
      return [name, milliseconds(spread(times(own))), ratio(spread(ratios(own, found[base])))];
    }),
  );
}

/** With a row for each file, in a database and below a prefix of its own. */
async function migrated(
  on: BenchServer,
  location: string,
  options: Pick<MigrateOptions, 'verify'>,
): Promise<Timing> {
  const prefix = `${randomBytes(6).toString('hex')}/`;
  const files = fileFields({
    storages: defineStorages({
      from: () => new FileSystemStorage({ location }),
      to: () => benchStorage(bucket, { prefix }),
    }),
    environment: 'bench',
    worker: 'manual',
  });
  const orm = await MikroORM.init({
    ...(await on.createDatabase(`migrate_${randomBytes(6).toString('hex')}`)),
    entities: [Note],
    extensions: [files],
  });
  await orm.schema.create();
  await files.ready();
  const names = await Array.fromAsync(files.storages.get('from').walk(), ({ name }) => name);
  await orm.em
    .getConnection()
    .execute(
      `insert into note (file) select jsonb_build_object('storage', 'from', 'name', name) from jsonb_array_elements_text(?::jsonb) n (name)`,
      [JSON.stringify(names)],
    );
  try {
    const time = await timed(async () => {
      const report = await files.migrate({
        from: 'from',
        to: 'to',
        concurrency: atOnce,
        ...options,
      });
      if (!report.isComplete || report.copied !== names.length) {
        throw new Error(`the report is wrong: ${JSON.stringify(report)}`);
      }
    });
    return { time };
  } finally {
    await orm.close(true);
    await files.close();
    await rm(join(location, '.filefield'), { recursive: true, force: true });
    await emptied(bucket, prefix);
  }
}

/** Its process starts within the time, which takes some tens of milliseconds. */
async function rclone(location: string, isChecked: boolean): Promise<Timing> {
  const prefix = `${randomBytes(6).toString('hex')}/`;
  const target = `bench:${bucket.bucket}/${prefix}`;
  const flags = [
    '--transfers',
    String(atOnce),
    '--checkers',
    String(atOnce),
    '--s3-no-check-bucket',
  ];
  const time = await timed(() => {
    run(['copy', location, target, ...flags]);
    if (isChecked) run(['check', '--download', location, target, ...flags]);
  });
  await emptied(bucket, prefix);
  return { time };
}

function run(args: readonly string[]): void {
  const { endpoint, region, credentials } = bucket;
  const { status, stderr } = spawnSync('rclone', ['--config', '/dev/null', ...args], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      RCLONE_CONFIG_BENCH_TYPE: 's3',
      RCLONE_CONFIG_BENCH_PROVIDER: 'Ceph',
      RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
      RCLONE_CONFIG_BENCH_REGION: region,
      RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: credentials.accessKeyId,
      RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  if (status !== 0) throw new Error(`rclone ended with ${status}: ${stderr}`);
}

/** The server keeps its objects in memory. */
async function emptied(place: BenchBucket, prefix: string): Promise<void> {
  const storage = benchStorage(place, { prefix });
  const names = await Array.fromAsync(storage.walk(), ({ name }) => name);
  for (let at = 0; at < names.length; at += 1000)
    await storage.deleteMany(names.slice(at, at + 1000));
  await storage.close();
}
