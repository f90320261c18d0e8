import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childRun } from './child-run.ts';
import { interleave, ratios, spread, times } from './measure.ts';
import type { Timing, Timings } from './measure.ts';
import { sizes } from './sizes.ts';
import { writeRandom } from './write-random.ts';
import { milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes({ mebibytes: 64, rounds: 3 }, { mebibytes: 1024, rounds: 5 });
const child = join(import.meta.dirname, 'disk-child.ts');
const directory = await mkdtemp(join(tmpdir(), 'filefield-bench-'));
const source = join(directory, 'source.bin');
/** MiB above the start of its process, by the variant. */
const growths = new Map<string, number[]>();

try {
  await writeRandom(source, size.mebibytes);
  const saved = await interleave(
    {
      'save() of FileSystemStorage': async () => write('save() of FileSystemStorage'),
      'stream copy': async () => write('stream copy'),
      'stream copy, fsync': async () => write('stream copy, fsync'),
      'stream copy, sha256 and fsync': async () => write('stream copy, sha256 and fsync'),
    },
    { rounds: size.rounds, warmup: 1 },
  );
  const target = await emptyTarget();
  await once('save() of FileSystemStorage', target);
  const opened = await interleave(
    {
      'open() of FileSystemStorage': async () => once('open() of FileSystemStorage', target),
      'read stream': async () => once('read stream', target),
    },
    { rounds: size.rounds, warmup: 1 },
  );
  printTitle('One large file through FileSystemStorage', size);
  report('writing', saved, 'save() of FileSystemStorage');
  report('reading, from the page cache', opened, 'open() of FileSystemStorage');
} finally {
  await rm(directory, { recursive: true, force: true });
}

function report(title: string, timings: Record<string, Timings>, ours: string): void {
  printTable(
    [title, 'time', 'speed', 'our time to it', 'RSS above the start, most of all rounds'],
    Object.entries(timings).map(([name, own]) => {
      const found = spread(times(own));
      return [
        name,
        milliseconds(found),
        `${((size.mebibytes / found.median) * 1000).toFixed(0)} MiB/s`,
        ratio(spread(ratios(timings[ours]!, own))),
        `${Math.max(...growths.get(name)!).toFixed(0)} MiB`,
      ];
    }),
  );
}

async function write(variant: string): Promise<Timing> {
  return once(variant, await emptyTarget());
}

/** Runs a variant in a process of its own, so that its memory is its own. */
async function once(variant: string, target: string): Promise<Timing> {
  const { milliseconds: time, growth } = await childRun(child, [variant, source, target]);
  growths.set(variant, [...(growths.get(variant) ?? []), growth / 2 ** 20]);
  return { time };
}

async function emptyTarget(): Promise<string> {
  const location = join(directory, 'objects');
  await rm(location, { recursive: true, force: true });
  await mkdir(location);
  return join(location, 'object.bin');
}
