import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSystemStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { collectStatic } from '@filefield/static';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import { sizes } from './sizes.ts';
import { milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes({ files: 400, rounds: 3 }, { files: 2000, rounds: 5 });
const directory = await mkdtemp(join(tmpdir(), 'filefield-bench-'));
const source = join(directory, 'source');
const collected = join(directory, 'collected');

try {
  await makeFiles();
  await collect(collected);
  printTitle('Static files on the disk: images of 10 kB, and a style sheet for each ten', size);
  const timings = await interleave(
    {
      'collectStatic(), first': async () => ({ time: await timed(async () => collect(fresh())) }),
      'collectStatic(), nothing changed': async () => ({
        time: await timed(async () => collect(collected)),
      }),
      'fs.cp()': async () => ({
        time: await timed(async () => cp(source, fresh(), { recursive: true })),
      }),
    },
    { rounds: size.rounds, warmup: 1 },
  );
  const bare = timings['fs.cp()'];
  printTable(
    ['run', 'time', 'to fs.cp()'],
    Object.entries(timings).map(([name, own]) => [
      name,
      milliseconds(spread(times(own))),
      ratio(spread(ratios(own, bare))),
    ]),
  );
  const calls = await collect(collected);
  printTable(
    ['calls of the storage where nothing changed', 'count'],
    [...Map.groupBy(calls, ({ operation }) => operation)].map(([operation, made]) => [
      operation,
      String(made.length),
    ]),
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Collects into a place; answers the calls that the storage got. */
async function collect(location: string): Promise<readonly { readonly operation: string }[]> {
  const storage = failingStorage(new FileSystemStorage({ location, visibility: 'public' }));
  await collectStatic({ sources: [source], storage });
  return storage.calls;
}

function fresh(): string {
  return join(directory, randomBytes(6).toString('hex'));
}

async function makeFiles(): Promise<void> {
  for (let index = 0; index < size.files; index += 1) {
    const group = join(source, String(index % 20));
    await mkdir(group, { recursive: true });
    const isSheet = index % 10 === 9;
    const sheet = Array.from({ length: 9 }, (_, back) => index - 1 - back)
      .map((image) => `.i${image} { background: url(../${image % 20}/${image}.png) }\n`)
      .join('');
    const name = isSheet ? `${index}.css` : `${index}.png`;
    await writeFile(join(group, name), isSheet ? sheet : randomBytes(10_000));
  }
}
