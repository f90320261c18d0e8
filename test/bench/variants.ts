import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineStorages, FieldFile, FileSystemStorage, resize } from '@filefield/core';
import { sharpEngine } from '@filefield/core/sharp';
import { failingStorage } from '@filefield/core/testing';
import { fileFields, imageField } from '@filefield/mikro-orm';
import { defineEntity, MikroORM, type InferEntity } from '@mikro-orm/postgresql';
import sharp from 'sharp';
import { benchServer } from './bench-server.ts';
import { interleave, ratios, spread, timed, times, type Timing } from './measure.ts';
import { noisyPhotograph } from './noisy-photograph.ts';
import { sizes } from './sizes.ts';
import { milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes(
  { megapixels: 12, rounds: 5, rows: 1000 },
  { megapixels: 12, rounds: 25, rows: 1000 },
);

const widths = { small: 200, medium: 640, large: 1280 };
const variants = {
  small: resize(widths.small),
  medium: resize(widths.medium),
  large: resize(widths.large),
};
const photo = { storage: 'private', uploadTo: 'photos/', variants } as const;

const Later = defineEntity({
  name: 'Later',
  properties: (p) => ({ id: p.integer().primary(), photo: imageField(photo).nullable() }),
});
const AtOnce = defineEntity({
  name: 'AtOnce',
  properties: (p) => ({
    id: p.integer().primary(),
    photo: imageField({ ...photo, generate: 'eager' }).nullable(),
  }),
});

const directory = await mkdtemp(join(tmpdir(), 'filefield-bench-'));
const photograph = await noisyPhotograph(size.megapixels * 1_000_000);
const disk = new FileSystemStorage({
  location: join(directory, 'media'),
  baseUrl: '/media/',
  keys: ['a secret of at least 32 characters'],
});
const storage = failingStorage(disk);
const engine = sharpEngine();
const files = fileFields({
  storages: defineStorages({ private: () => storage }),
  variants: { engine },
  worker: 'manual',
});
await using server = await benchServer();
const orm = await MikroORM.init({
  ...(await server.createDatabase('bench')),
  entities: [Later, AtOnce],
  extensions: [files],
});
await orm.schema.create();

await printWhole();
await printListing();
await orm.close();
await files.close();
await rm(directory, { recursive: true });

/** From the bytes in memory to four files on the disk and a row that lists them. */
async function printWhole(): Promise<void> {
  let number = 0;
  const timings = await interleave(
    {
      'sharp in this process': async () => ({
        time: await timed(async () => withBareSharp((number += 1))),
      }),
      'flush, then the worker': async () => later(),
      'flush, eager': async () => ({
        time: await timed(async () => {
          const em = orm.em.fork();
          em.create(AtOnce, { photo: FieldFile.from(photograph, { filename: 'a.jpg' }) });
          await em.flush();
        }),
      }),
    },
    { rounds: size.rounds },
  );
  printTitle('A photograph with three variants, uploaded to the disk', {
    ...size,
    kilobytes: Math.round(photograph.length / 1000),
  });
  const bare = timings['sharp in this process'];
  printTable(
    ['made by', 'median', 'to bare sharp'],
    Object.entries(timings).map(([name, own]) => [
      name,
      milliseconds(spread(times(own))),
      ratio(spread(ratios(own, bare))),
    ]),
  );
  const flushes = timings['flush, then the worker'].map(({ flush = 0 }) => flush);
  console.log(`The flush itself waits ${milliseconds(spread(flushes))} of it.\n`);
}

async function withBareSharp(number: number): Promise<void> {
  const path = join(directory, `${number}.jpg`);
  await writeFile(path, photograph);
  await Promise.all(
    Object.values(widths).map(async (width) =>
      sharp(path, { autoOrient: true })
        .resize({ width, withoutEnlargement: true })
        .webp()
        .toFile(join(directory, `${number}-${width}.webp`)),
    ),
  );
}

async function later(): Promise<Timing> {
  const em = orm.em.fork();
  em.create(Later, { photo: FieldFile.from(photograph, { filename: 'a.jpg' }) });
  const flush = await timed(async () => em.flush());
  const worker = await timed(async () => files.worker.drain());
  return { flush, worker };
}

/** Rows as the worker leaves them; what the storage is asked meanwhile is counted. */
async function printListing(): Promise<void> {
  await orm.em.getConnection().execute(
    `insert into later (photo) select jsonb_set(photo, '{name}', to_jsonb('photos/' || i || '.jpg'))
      from (select photo from later limit 1) one, generate_series(1, ?) i`,
    [size.rows],
  );
  const em = orm.em.fork();
  const rows: InferEntity<typeof Later>[] = await em.find(Later, {}, { limit: size.rows });
  storage.forgetCalls();
  const urls: string[] = [];
  const time = await timed(async () => {
    for (const { photo: image } of rows) {
      for (const variant of Object.keys(widths)) urls.push(image?.getUrl({ variant }) ?? '');
    }
  });
  const stored = urls.filter((url) => url.includes('.v/')).length;
  console.log(
    `${rows.length} rows, ${urls.length} URLs of variants, ${stored} of them of stored ones: ${time.toFixed(1)} ms, ${storage.calls.length} requests to the storage\n`,
  );
}
