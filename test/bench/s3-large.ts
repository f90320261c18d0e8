import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { bareClient, benchBucket, benchStorage } from './bench-s3.ts';
import { childRun } from './child-run.ts';
import { interleave, ratios, spread, times } from './measure.ts';
import type { Timing, Timings } from './measure.ts';
import { sizes } from './sizes.ts';
import { atMost, judgedAtLeast, milliseconds, printTable, printTitle, ratio } from './table.ts';
import { writeRandom } from './write-random.ts';

const size = sizes({ mebibytes: 64, rounds: 5 }, { mebibytes: 1024, rounds: 7 });
const child = join(import.meta.dirname, 's3-large-child.ts');
const directory = await mkdtemp(join(tmpdir(), 'filefield-bench-'));
const source = join(directory, 'source.bin');
/** MiB above the start of its process, by the variant. */
const growths = new Map<string, number[]>();

await using bucket = await benchBucket();
const client = bareClient(bucket);
try {
  await writeRandom(source, size.mebibytes);
  const up = await interleave(
    {
      'save() of S3Storage': async () => upload('save() of S3Storage'),
      'Upload of lib-storage': async () => upload('Upload of lib-storage'),
    },
    { rounds: size.rounds, warmup: 1 },
  );
  const storage = benchStorage(bucket);
  await storage.save('large.bin', createReadStream(source), { ifExists: 'error' });
  await storage.close();
  const sha256 = await hashOf(source);
  const download = async (variant: string): Promise<Timing> => once(variant, 'large.bin', sha256);
  const down = await interleave(
    {
      'open() of S3Storage': async () => download('open() of S3Storage'),
      GetObject: async () => download('GetObject'),
      'stream() of a FieldFile, verified': async () =>
        download('stream() of a FieldFile, verified'),
    },
    { rounds: size.rounds, warmup: 1 },
  );
  printTitle('One large file on S3', size);
  report('up', up, 'Upload of lib-storage', { 'save() of S3Storage': 0.9 });
  report('down', down, 'GetObject', { 'open() of S3Storage': 0.95 });
} finally {
  client.destroy();
  await rm(directory, { recursive: true, force: true });
}

function report(
  title: string,
  timings: Record<string, Timings>,
  bare: string,
  budgets: Record<string, number>,
): void {
  printTable(
    [title, 'time', 'speed', `speed to ${bare}`, 'RSS above the start, most of all rounds'],
    Object.entries(timings).map(([name, own]) => {
      const found = spread(times(own));
      const faster = spread(ratios(timings[bare]!, own));
      const growth = Math.max(...growths.get(name)!);
      const budget = budgets[name];
      return [
        name,
        milliseconds(found),
        `${((size.mebibytes / found.median) * 1000).toFixed(0)} MiB/s`,
        budget === undefined ? ratio(faster) : judgedAtLeast(faster, budget),
        budget === undefined ? `${growth.toFixed(0)} MiB` : `${atMost(growth, 96)} MiB`,
      ];
    }),
  );
}

async function upload(variant: string): Promise<Timing> {
  const key = randomUUID();
  const timing = await once(variant, key);
  await client.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key: key }));
  return timing;
}

async function once(variant: string, key: string, sha256 = ''): Promise<Timing> {
  const args = [variant, JSON.stringify(bucket), key, source, sha256];
  const { milliseconds: time, growth } = await childRun(child, args);
  growths.set(variant, [...(growths.get(variant) ?? []), growth / 2 ** 20]);
  return { time };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
